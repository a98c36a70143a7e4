/*
 * limits.h - does a change stay within the limits of the handle?
 */
#ifndef TOKENSTORE_LOCAL_LIMITS_H
#define TOKENSTORE_LOCAL_LIMITS_H

#include "tokenstore/file/tdb.h"
#include "tokenstore/values/token.h"

/*
 * Judge a create, modify or rotate inside its transaction, before it is made.
 * LIMIT, with the message, if the token may not become what it is to be.
 *   before  the token as it is; NULL: create
 *   after   as it is to be
 */
enum tokenstore_error limits_judge(struct view *view,
                                   const struct tokenstore_limits *limits,
                                   const struct tokenstore_change *change,
                                   const struct tokenstore_token *before,
                                   const struct tokenstore_token *after,
                                   int64_t now);

#endif
