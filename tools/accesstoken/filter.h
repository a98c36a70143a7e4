/*
 * filter.h - which tokens a command is about, by the time they expire or were
 * used.
 */
#ifndef TOOLS_ACCESSTOKEN_FILTER_H
#define TOOLS_ACCESSTOKEN_FILTER_H

#include "tools/accesstoken/command.h"

/* Is it good now, and will it expire within so many seconds?  Nobody has to
 * be told about one that is disabled. */
bool expires_within(const struct tokenstore_token *token, int64_t seconds,
                    int64_t now);

/* Was its last use, or its creation where it was never used, so many seconds
 * ago, or longer?  No, where that is not known: it may be needed. */
bool unused_for(const struct tokenstore_token *token, int64_t seconds,
                int64_t now);

/* Has it been expired for so many seconds, or longer, disabled or not? */
bool expired_for(const struct tokenstore_token *token, int64_t seconds,
                 int64_t now);

/* Since when has it not been used: since its last use or, never used, since
 * it was made?  False where that is not known. */
bool unused_since(const struct tokenstore_token *token, int64_t *since,
                  bool *used);

#endif
