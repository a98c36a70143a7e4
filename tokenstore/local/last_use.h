/*
 * last_use.h - when the tokens of a local store were last used.
 */
#ifndef TOKENSTORE_LOCAL_LAST_USE_H
#define TOKENSTORE_LOCAL_LAST_USE_H

#include "tokenstore/values/token.h"

/* Fill in the last use of tokens of the store at a path, in ascending order of
 * their ids.  What cannot be read stays "not known". */
void last_use_read(const char *path, struct tokenstore_token *tokens,
                   size_t count);

/* For struct backend. */
void local_note_use(void *store, const struct tokenstore_token *token,
                    const char *service, const char *address, int64_t now);

#endif
