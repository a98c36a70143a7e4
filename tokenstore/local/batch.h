/*
 * batch.h - many changes of a local store in one transaction.
 */
#ifndef TOKENSTORE_LOCAL_BATCH_H
#define TOKENSTORE_LOCAL_BATCH_H

#include "tokenstore/tokenstore.h"

/* For struct backend. */
enum tokenstore_error local_apply(void *store,
                                  const struct tokenstore_limits *limits,
                                  struct tokenstore_change *changes,
                                  size_t count, int64_t now);

#endif
