/*
 * change.h - one change of a token in a local store: check it and make it.
 */
#ifndef TOKENSTORE_LOCAL_CHANGE_H
#define TOKENSTORE_LOCAL_CHANGE_H

#include "tokenstore/file/tdb.h"
#include "tokenstore/values/token.h"

/* Can the change be refused without looking at the store?  INVALID_IDENTITY,
 * TIME_RANGE. */
enum tokenstore_error change_validate(const struct tokenstore_change *change,
                                      int64_t now);

/*
 * Make a valid change, inside a transaction.  On an error the transaction may
 * hold a part of it; view_mark() tells.
 *   change  its bearer is set if a token is issued, even on an error
 *   token   becomes the token after the change; for revoke, as it was
 */
enum tokenstore_error change_make(struct view *view,
                                  const struct tokenstore_limits *limits,
                                  struct tokenstore_change *change,
                                  int64_t now, struct tokenstore_token *token);

#endif
