/*
 * change.h - change tokens of a remote store.
 */
#ifndef TOKENSTORE_REMOTE_CHANGE_H
#define TOKENSTORE_REMOTE_CHANGE_H

#include "tokenstore/tokenstore.h"

/* For struct backend.  Each token is a request of its own; revoke_user takes
 * the tokens of one page. */
enum tokenstore_error remote_apply(void *store,
                                   const struct tokenstore_limits *limits,
                                   struct tokenstore_change *changes,
                                   size_t count, int64_t now);
enum tokenstore_error remote_revoke(void *store, const uint64_t *ids,
                                    size_t count,
                                    struct tokenstore_list *revoked);
enum tokenstore_error
remote_revoke_user(void *store, const struct tokenstore_identity *user,
                   struct tokenstore_list **revoked);

#endif
