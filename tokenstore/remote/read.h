/*
 * read.h - get and list tokens of a remote store.
 */
#ifndef TOKENSTORE_REMOTE_READ_H
#define TOKENSTORE_REMOTE_READ_H

#include "tokenstore/tokenstore.h"

/* For struct backend. */
enum tokenstore_error remote_get(void *store, uint64_t id,
                                 struct tokenstore_token *token);
enum tokenstore_error remote_list(void *store,
                                  const struct tokenstore_identity *user,
                                  uint64_t after, uint32_t limit,
                                  struct tokenstore_list **list);

#endif
