/*
 * filter.h - questions about a token's expiration and last use, by which
 * commands select tokens.
 */
#ifndef TOOLS_ACCESSTOKEN_FILTER_H
#define TOOLS_ACCESSTOKEN_FILTER_H

#include <stdbool.h>

#include "tokenstore/tokenstore.h"

/* Returns whether the token is active and will expire within so many seconds.
 * Nobody has to be told about a disabled one. */
bool expires_within(const struct tokenstore_token *token, int64_t seconds,
                    int64_t now);

/* Returns whether the last use of the token (its creation, if it was never
 * used) was so many seconds ago, or longer.  False if that is not known: the
 * token may be needed. */
bool unused_for(const struct tokenstore_token *token, int64_t seconds,
                int64_t now);

/* Returns whether the token, disabled or not, has been expired for so many
 * seconds, or longer. */
bool expired_for(const struct tokenstore_token *token, int64_t seconds,
                 int64_t now);

/* Finds the time since which the token has not been used: its last use, or its
 * creation with "used" false.  Returns false if that is not known. */
bool unused_since(const struct tokenstore_token *token, int64_t *since,
                  bool *used);

#endif
