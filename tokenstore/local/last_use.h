/*
 * last_use.h - when tokens were last used, beside a store.  See last_use.c.
 */
#ifndef TOKENSTORE_LOCAL_LAST_USE_H
#define TOKENSTORE_LOCAL_LAST_USE_H

#include "tokenstore/values/token.h"

/* Fill in the last use of tokens, in ascending order of their ids, of the
 * store at this path.  What cannot be read is not known. */
void last_use_read(const char *path, struct tokenstore_token *tokens,
                   size_t count);

#endif
