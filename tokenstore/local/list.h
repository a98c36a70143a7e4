/*
 * list.h - pages of a local store's tokens.
 */
#ifndef TOKENSTORE_LOCAL_LIST_H
#define TOKENSTORE_LOCAL_LIST_H

#include "tokenstore/tokenstore.h"

/* For struct backend. */
enum tokenstore_error local_list(void *store,
                                 const struct tokenstore_identity *user,
                                 uint64_t after, uint32_t limit,
                                 struct tokenstore_list **list);

#endif
