/*
 * limits.h - does a change stay within the limits?  See limit.c.
 */
#ifndef TOKENSTORE_LOCAL_LIMITS_H
#define TOKENSTORE_LOCAL_LIMITS_H

#include "tokenstore/file/tdb.h"
#include "tokenstore/values/token.h"

/*
 * Inside the transaction, before the change of this kind is made: LIMIT, with
 * the message, where the token may not become what it is to be.
 *   before  as it is; NULL: create
 */
enum tokenstore_error limits_judge(struct view *view,
                                   const struct tokenstore_limits *limits,
                                   const struct tokenstore_change *change,
                                   const struct tokenstore_token *before,
                                   const struct tokenstore_token *after,
                                   int64_t now);

#endif
