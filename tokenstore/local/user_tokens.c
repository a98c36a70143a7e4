/*
 * user_tokens.c - the tokens of one user, or all tokens, in the order of their
 * ids.  A user can be in several sets (by name, uid and sid); their lists of
 * ids are merged.
 */
#include "tokenstore/local/user_tokens.h"

#include <string.h>

#include "tokenstore/local/idset.h"

static void add_sets(struct user_tokens *wanted,
                     const struct tokenstore_identity *identity) {
    uint64_t sets[TOKENS_SETS_MAX];
    size_t count = tokens_sets(identity, false, sets);

    for (size_t i = 0; i < count; i++) {
        bool known = false;

        for (size_t j = 0; j < wanted->set_count; j++)
            known = known || wanted->sets[j] == sets[i];
        if (!known)
            wanted->sets[wanted->set_count++] = sets[i];
    }
}

void user_tokens_prepare(struct user_tokens *wanted,
                         const struct tokenstore_identity *user) {
    const struct owner *owner = &wanted->owner;

    owner_prepare(&wanted->owner, user);
    wanted->set_count = 0;
    if (owner->everybody) {
        wanted->sets[wanted->set_count++] = IDSET_ALL;
        return;
    }
    add_sets(wanted, &owner->given);
    if (owner->has_account)
        add_sets(wanted, &owner->account);
}

#define SCAN_MAX (TOKENSTORE_LIMIT_MAX + 1)

/* Merge two ordered lists without repeats into "into", up to max. */
static size_t merge(const uint32_t *a, size_t a_count, const uint32_t *b,
                    size_t b_count, uint32_t *into, size_t max) {
    size_t count = 0;

    while (count < max && (a_count > 0 || b_count > 0)) {
        bool take_a = b_count == 0 || (a_count > 0 && *a <= *b);
        uint32_t id = take_a ? *a : *b;

        if (a_count > 0 && *a == id) {
            a++;
            a_count--;
        }
        if (b_count > 0 && *b == id) {
            b++;
            b_count--;
        }
        into[count++] = id;
    }
    return count;
}

/* The first ids after "after" in any of the sets. */
static enum tokenstore_error read_ids(struct view *view,
                                      const struct user_tokens *wanted,
                                      size_t max, uint32_t after,
                                      uint32_t ids[SCAN_MAX], size_t *count) {
    uint32_t more[SCAN_MAX], merged[SCAN_MAX];

    *count = 0;
    for (size_t i = 0; i < wanted->set_count; i++) {
        size_t more_count = max;
        enum tokenstore_error error =
            idset_list(view, wanted->sets[i], after, more, &more_count);

        if (error != TOKENSTORE_OK)
            return error;
        *count = merge(ids, *count, more, more_count, merged, max);
        memcpy(ids, merged, *count * sizeof(*ids));
    }
    return TOKENSTORE_OK;
}

enum tokenstore_error user_tokens_read(struct view *view,
                                       const struct user_tokens *wanted,
                                       size_t scan, uint32_t *after,
                                       struct tokenstore_token *tokens,
                                       size_t *count, bool *done) {
    size_t room = *count;
    uint32_t ids[SCAN_MAX];
    size_t found;
    enum tokenstore_error error;

    *count = 0;
    *done = false;
    scan = scan < room ? scan : room;
    scan = scan < SCAN_MAX ? scan : SCAN_MAX;
    error = read_ids(view, wanted, scan, *after, ids, &found);
    if (error != TOKENSTORE_OK)
        return error;
    for (size_t i = 0; i < found; i++) {
        error = tokens_get_listed(view, ids[i], &tokens[*count]);
        if (error != TOKENSTORE_OK)
            return error;
        if (owner_matches(&wanted->owner, &tokens[*count]))
            ++*count;
        *after = ids[i];
    }
    *done = found < scan;
    return TOKENSTORE_OK;
}
