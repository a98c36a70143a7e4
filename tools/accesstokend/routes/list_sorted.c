/*
 * list_sorted.c - a page of tokens in an order other than that of their ids.
 * What a token has at the moment of the pass decides, so tokens that are
 * created or revoked between two pages move no other token.
 */
#include <config.h>

#include "tools/accesstokend/routes/list_sorted.h"

#include <stdlib.h>
#include <time.h>

#include "tools/accesstokend/routes/list_choice.h"
#include "tools/common/token_json.h"
#include "tools/common/token_selection.h"

/* Offers the tokens of a part of the store's list. */
static enum tokenstore_error offer_some(const struct caller *caller,
                                        const struct list_query *query,
                                        struct tokenstore *store,
                                        const struct tokenstore_list *list,
                                        struct token_selection *selection) {
    const int64_t now = time(NULL);
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; error == TOKENSTORE_OK && !selection->failed &&
                       i < tokenstore_list_count(list);
         i++) {
        const struct tokenstore_token *token = tokenstore_list_token(list, i);
        struct selected *entry = NULL;
        bool chosen;

        error = list_choose(caller, query, store, token, now, &chosen);
        if (error == TOKENSTORE_OK && chosen)
            entry = token_selection_offer(selection, token);
        if (entry == NULL)
            continue;
        entry->shown = token_json_text(token);
        selection->failed = entry->shown == NULL;
    }
    return error;
}

static enum tokenstore_error offer_all(const struct caller *caller,
                                       const struct list_query *query,
                                       struct tokenstore *store,
                                       struct token_selection *selection) {
    uint64_t after = query->issued_by; /* what it issued has higher ids */
    enum tokenstore_error error;

    do {
        struct tokenstore_list *list = NULL;

        error = tokenstore_list(store, query->user, after,
                                TOKENSTORE_LIMIT_MAX, &list);
        after = 0;
        if (error == TOKENSTORE_OK) {
            error = offer_some(caller, query, store, list, selection);
            after = tokenstore_list_next(list);
        }
        tokenstore_list_free(&list);
    } while (error == TOKENSTORE_OK && !selection->failed && after != 0);
    return error;
}

enum tokenstore_error list_sorted_write(const struct caller *caller,
                                        const struct list_query *query,
                                        struct tokenstore *store, size_t most,
                                        struct json_writer *json,
                                        char next[static TOKEN_KEY_SIZE]) {
    struct token_selection selection = {
        .order = query->order,
        .after = query->has_place ? &query->place : NULL,
        .limit = query->limit,
        .forget = free,
    };
    const enum tokenstore_error error =
        offer_all(caller, query, store, &selection);
    size_t written = 0;

    json->failed |= selection.failed;
    token_selection_sort(&selection);
    while (!selection.failed && written < selection.count &&
           json->length < most)
        json_put_value(json, selection.entries[written++].shown);
    *next = '\0';
    if (written > 0 && (selection.more || written < selection.count))
        token_key_write(&query->order, &selection.entries[written - 1].place,
                        next);
    token_selection_free(&selection);
    return error;
}
