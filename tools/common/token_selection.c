/*
 * token_selection.c - select the first tokens in an order.  The entries are a
 * heap whose first entry is the last in the order: the one that goes next.
 */
#include <config.h>

#include "tools/common/token_selection.h"

#include <stdlib.h>

static bool is_before(const struct token_selection *selection, size_t a,
                      size_t b) {
    return token_place_compare(&selection->order, &selection->entries[a].place,
                               &selection->entries[b].place) < 0;
}

static void swap(struct token_selection *selection, size_t a, size_t b) {
    const struct selected entry = selection->entries[a];

    selection->entries[a] = selection->entries[b];
    selection->entries[b] = entry;
}

/* Moves an entry to where it belongs, and returns that. */
static size_t move_up(struct token_selection *selection, size_t at) {
    while (at > 0 && is_before(selection, (at - 1) / 2, at)) {
        swap(selection, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
    return at;
}

/* The same, among the first "count" entries. */
static size_t move_down(struct token_selection *selection, size_t at,
                        size_t count) {
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && is_before(selection, child, child + 1))
            child++;
        if (!is_before(selection, at, child))
            break;
        swap(selection, at, child);
    }
    return at;
}

/* Makes room for one more entry.  Returns false without memory. */
static bool grow(struct token_selection *selection) {
    const size_t room = selection->room > 0 ? 2 * selection->room : 64;
    struct selected *entries = selection->entries;

    if (selection->count < selection->room)
        return true;
    entries = reallocarray(entries, room, sizeof(*entries));
    if (entries == NULL) {
        selection->failed = true;
        return false;
    }
    selection->entries = entries;
    selection->room = room;
    return true;
}

struct selected *token_selection_offer(struct token_selection *selection,
                                       const struct tokenstore_token *token) {
    const struct token_order *order = &selection->order;
    struct selected entry = {.shown = NULL};
    size_t at = 0;

    token_place_find(order, token, &entry.place);
    selection->offered++;
    if (entry.place.id == 0) /* another server's ids: keep its order */
        entry.place.id = selection->offered;
    if (selection->after != NULL &&
        token_place_compare(order, &entry.place, selection->after) <= 0)
        return NULL;
    if (selection->count < selection->limit) {
        if (!grow(selection))
            return NULL;
        at = selection->count++;
        selection->entries[at] = entry;
        return &selection->entries[move_up(selection, at)];
    }
    selection->more = true;
    if (token_place_compare(order, &entry.place,
                            &selection->entries[0].place) > 0)
        return NULL;
    selection->forget(selection->entries[0].shown);
    selection->entries[0] = entry;
    return &selection->entries[move_down(selection, 0, selection->count)];
}

void token_selection_sort(struct token_selection *selection) {
    for (size_t last = selection->count; last-- > 1;) {
        swap(selection, 0, last);
        move_down(selection, 0, last);
    }
}

void token_selection_free(struct token_selection *selection) {
    for (size_t i = 0; i < selection->count; i++)
        selection->forget(selection->entries[i].shown);
    free(selection->entries);
    selection->entries = NULL;
    selection->count = selection->room = 0;
}
