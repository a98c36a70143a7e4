/*
 * create_many.h - issue many tokens by tokenstore_apply(), in transactions as
 * large as they can be.
 */
#ifndef TESTS_SUPPORT_CREATE_MANY_H
#define TESTS_SUPPORT_CREATE_MANY_H

#include "tokenstore/tokenstore.h"

/*
 * Each token is issued by itself: one that is refused does not stop the
 * others, but a transaction that fails does.  Returns the first error of
 * either kind. tokens   count of them; the same one may be there many times
 *   bearers  room for count; those of tokens that were not issued are zero;
 * NULL: not wanted ids      likewise created  how many were issued
 */
enum tokenstore_error create_many(struct tokenstore *store,
                                  const struct tokenstore_token *const *tokens,
                                  size_t count, int64_t now,
                                  struct tokenstore_bearer *bearers,
                                  uint64_t *ids, size_t *created);

#endif
