/*
 * revoke.h - delete tokens of a local store: those with some ids, or a user's.
 */
#ifndef TOKENSTORE_LOCAL_REVOKE_H
#define TOKENSTORE_LOCAL_REVOKE_H

#include "tokenstore/tokenstore.h"

/* For struct backend. */
enum tokenstore_error local_revoke(void *store, const uint64_t *ids,
                                   size_t count,
                                   struct tokenstore_list *revoked);
enum tokenstore_error local_revoke_user(void *store,
                                        const struct tokenstore_identity *user,
                                        struct tokenstore_list **revoked);

#endif
