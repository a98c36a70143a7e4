/*
 * list_choice.c - decide whether a token belongs on a caller's list.  Whoever
 * may not read a token must learn nothing about it, not even that it exists.
 */
#include <config.h>

#include "tools/accesstokend/routes/list_choice.h"

#include "tools/accesstokend/auth/rights.h"

/*
 * Was the token issued by this issuer, directly or through others?  Climbs
 * from issuer to issuer; each has a lower id than the token that it issued. If
 * one of them does not exist any more, only the first issuer is known.
 */
static enum tokenstore_error is_below(struct tokenstore *store,
                                      const struct tokenstore_token *token,
                                      uint64_t issued_by, bool *below) {
    uint64_t issuer = tokenstore_token_issuer(token);
    enum tokenstore_error error = TOKENSTORE_OK;

    *below = tokenstore_token_first_issuer(token) == issued_by;
    while (!*below && error == TOKENSTORE_OK && issuer > issued_by) {
        struct tokenstore_token *between = NULL;

        error = tokenstore_get(store, issuer, &between);
        issuer = between != NULL ? tokenstore_token_issuer(between) : 0;
        tokenstore_token_free(&between);
    }
    *below = *below || issuer == issued_by;
    return error == TOKENSTORE_ERROR_NOT_FOUND ? TOKENSTORE_OK : error;
}

enum tokenstore_error list_choose(const struct caller *caller,
                                  const struct list_query *query,
                                  struct tokenstore *store,
                                  const struct tokenstore_token *token,
                                  int64_t now, bool *chosen) {
    *chosen = rights_may_read(caller, token) &&
              token_filter_matches(&query->filter, token, now);
    return *chosen && query->issued_by != 0
               ? is_below(store, token, query->issued_by, chosen)
               : TOKENSTORE_OK;
}
