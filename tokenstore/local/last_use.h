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

/*
 * Give back the disk space of the slots of all ids above "after" and below
 * "end", except for "ids", which are in ascending order.  Only whole blocks of
 * the file are given back; a file system that cannot do it keeps them.
 */
void last_use_discard(const char *path, uint32_t after, const uint32_t *ids,
                      size_t count, uint64_t end);

/* For struct backend. */
void local_note_use(void *store, const struct tokenstore_token *token,
                    const char *service, const char *address, int64_t now);

#endif
