/*
 * verified.h - remember the tokens that a handle has just verified.
 */
#ifndef TOKENSTORE_LOCAL_VERIFIED_H
#define TOKENSTORE_LOCAL_VERIFIED_H

#include "tokenstore/host/account.h"
#include "tokenstore/values/token.h"

struct verified;

/* For how long, one second; a variable only for the tests. */
extern int64_t verified_nanoseconds;

/* Room for so many tokens of the store at this path.  NULL without memory;
 * free it with verified_free(), which accepts NULL. */
struct verified *verified_new(const char *path, size_t tokens);
void verified_free(struct verified *verified);

/*
 * Find the token that a bearer token with this id and seal (bearer_seal) was
 * accepted for, and the account of its user.  NULL if they were not read
 * within the last second, or if the store may have changed since.  Valid until
 * the next call.  Begins to watch the store, for verified_keep().
 */
const struct tokenstore_token *
verified_find(struct verified *verified, uint64_t id,
              const uint8_t seal[TOKEN_HASH_SIZE],
              const struct account **account);

/* Remember a token that was read, and accepted, after verified_find() returned
 * NULL.  If there is no memory, it is not remembered. */
void verified_keep(struct verified *verified,
                   const uint8_t seal[TOKEN_HASH_SIZE],
                   const struct tokenstore_token *token,
                   const struct account *account);

/* Must a use of the token at this time be noted?  Not if another one within a
 * minute of it is known. */
bool verified_use_is_due(const struct verified *verified, uint64_t id,
                         int64_t now);

/* A use at this time is noted in the file, by this process or another. */
void verified_use_noted(struct verified *verified, uint64_t id, int64_t time);

#endif
