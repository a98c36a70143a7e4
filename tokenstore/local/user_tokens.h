/*
 * user_tokens.h - the tokens of one user, or all tokens, in the order of their
 * ids.
 */
#ifndef TOKENSTORE_LOCAL_USER_TOKENS_H
#define TOKENSTORE_LOCAL_USER_TOKENS_H

#include "tokenstore/host/owner.h"
#include "tokenstore/local/tokens.h"

/* Which tokens are wanted, and the sets of ids that contain them. */
struct user_tokens {
    struct owner owner;
    uint64_t sets[2 * TOKENS_SETS_MAX];
    size_t set_count;
};

/* Prepare for the tokens of a user, or for all (user NULL).  May ask the name
 * service, so never call it under a lock. */
void user_tokens_prepare(struct user_tokens *wanted,
                         const struct tokenstore_identity *user);

/*
 * Read the wanted tokens with ids above *after, in order, until *count are
 * found or "scan" ids have been looked at.
 *   after  in and out: the last id looked at
 *   count  in: the room in tokens; out: the number of tokens read
 *   done   out: there are no more
 * DAMAGED, and the errors of view_fetch().
 */
enum tokenstore_error user_tokens_read(struct view *view,
                                       const struct user_tokens *wanted,
                                       size_t scan, uint32_t *after,
                                       struct tokenstore_token *tokens,
                                       size_t *count, bool *done);

#endif
