/*
 * filter.c - questions about a token's expiration and last use.  Every clock
 * must be possible, so never subtract times where that could overflow.
 */
#include <config.h>

#include "tools/accesstoken/filter.h"

bool expires_within(const struct tokenstore_token *token, int64_t seconds,
                    int64_t now) {
    const int64_t expires = tokenstore_token_expiration_time(token);

    return expires != TOKENSTORE_NEVER &&
           tokenstore_token_status(token, now) == TOKENSTORE_STATUS_ACTIVE &&
           expires - seconds <= now;
}

bool unused_since(const struct tokenstore_token *token, int64_t *since,
                  bool *used) {
    struct tokenstore_use use;

    if (!tokenstore_token_last_use(token, &use))
        return false;
    *used = use.time != TOKENSTORE_NEVER;
    *since = *used ? use.time : tokenstore_token_creation_time(token);
    return *since != TOKENSTORE_NEVER;
}

bool unused_for(const struct tokenstore_token *token, int64_t seconds,
                int64_t now) {
    int64_t since;
    bool used;

    return unused_since(token, &since, &used) && since <= now &&
           now - since >= seconds;
}

bool expired_for(const struct tokenstore_token *token, int64_t seconds,
                 int64_t now) {
    const int64_t expires = tokenstore_token_expiration_time(token);

    return expires != TOKENSTORE_NEVER && expires <= now &&
           now - expires >= seconds;
}
