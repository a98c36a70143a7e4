/*
 * verified.h - tokens that a handle has verified just now.  See verified.c.
 */
#ifndef TOKENSTORE_LOCAL_VERIFIED_H
#define TOKENSTORE_LOCAL_VERIFIED_H

#include "tokenstore/host/account.h"
#include "tokenstore/values/token.h"

struct verified;

/* How long, a second; a variable for the tests. */
extern int64_t verified_nanoseconds;

/* Room for so many tokens, of the store at this path.  NULL without memory. */
struct verified *verified_new(const char *path, size_t tokens);
void verified_free(struct verified *verified);

/*
 * The token that a bearer token of this id and seal (bearer.h) was found good
 * for, and the account of its user, where both were read within the last
 * second and the store has not changed since; NULL where not.  Good until the
 * next call.  Also notes what the store is like now, for verified_keep.
 */
const struct tokenstore_token *
verified_find(struct verified *verified, uint64_t id,
              const uint8_t seal[TOKEN_HASH_SIZE],
              const struct account **account);

/* Keep what was read, and found good, after verified_find said no. */
void verified_keep(struct verified *verified,
                   const uint8_t seal[TOKEN_HASH_SIZE],
                   const struct tokenstore_token *token,
                   const struct account *account);

/* Is a use of the token at this time to be noted?  Yes, unless one is known to
 * have been within a minute of it. */
bool verified_use_is_due(const struct verified *verified, uint64_t id,
                         int64_t now);

/* When the use was that is noted, by whomever. */
void verified_use_noted(struct verified *verified, uint64_t id, int64_t time);

#endif
