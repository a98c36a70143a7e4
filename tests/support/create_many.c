/*
 * create_many.c - issue many tokens by tokenstore_apply(), in transactions as
 * large as they can be.
 */
#include "tests/support/create_many.h"

#include <stdlib.h>

/* What became of one transaction; returns the first error. */
static enum tokenstore_error take(struct tokenstore_change *changes,
                                  size_t count,
                                  struct tokenstore_bearer *bearers,
                                  uint64_t *ids, size_t *created) {
    enum tokenstore_error error = TOKENSTORE_OK;

    for (size_t i = 0; i < count; i++) {
        struct tokenstore_change *change = &changes[i];

        if (change->error == TOKENSTORE_OK)
            ++*created;
        else if (error == TOKENSTORE_OK)
            error = change->error;
        if (bearers != NULL)
            bearers[i] = change->bearer;
        if (ids != NULL)
            ids[i] =
                change->token != NULL ? tokenstore_token_id(change->token) : 0;
        tokenstore_token_free(&change->token);
    }
    return error;
}

enum tokenstore_error create_many(struct tokenstore *store,
                                  const struct tokenstore_token *const *tokens,
                                  size_t count, int64_t now,
                                  struct tokenstore_bearer *bearers,
                                  uint64_t *ids, size_t *created) {
    struct tokenstore_change *changes =
        calloc(TOKENSTORE_CHANGES_MAX, sizeof(*changes));
    enum tokenstore_error first = TOKENSTORE_OK;
    enum tokenstore_error error = TOKENSTORE_OK;

    *created = 0;
    if (changes == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    for (size_t done = 0; done < count && error == TOKENSTORE_OK;
         done += TOKENSTORE_CHANGES_MAX) {
        const size_t left = count - done;
        const size_t piece =
            left < TOKENSTORE_CHANGES_MAX ? left : TOKENSTORE_CHANGES_MAX;
        enum tokenstore_error single;

        for (size_t i = 0; i < piece; i++)
            changes[i] = (struct tokenstore_change){
                .kind = TOKENSTORE_CHANGE_CREATE, .values = tokens[done + i]};
        error = tokenstore_apply(store, changes, piece, now);
        single = take(changes, piece, bearers != NULL ? bearers + done : NULL,
                      ids != NULL ? ids + done : NULL, created);
        if (first == TOKENSTORE_OK)
            first = error != TOKENSTORE_OK ? error : single;
    }
    tokenstore_wipe(changes, TOKENSTORE_CHANGES_MAX * sizeof(*changes));
    free(changes);
    return first;
}
