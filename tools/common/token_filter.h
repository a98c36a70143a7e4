/*
 * token_filter.h - by what a list of tokens is narrowed, in the tool and over
 * HTTP.  Pure: no I/O and no clock.
 */
#ifndef TOOLS_COMMON_TOKEN_FILTER_H
#define TOOLS_COMMON_TOKEN_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"

/* All that is given must apply; a text that is NULL is not given. */
struct token_filter {
    const char *status; /* "active", "disabled" or "expired" */
    const char *scope;  /* the token has this scope */
    const char *name;   /* exactly this name */
    const char *text;   /* is a part of the name, the user or a scope */
};

bool token_filter_is_set(const struct token_filter *filter);

/* Returns "active", "disabled" or "expired". */
const char *token_status_name(enum tokenstore_status status);

/* Returns whether this is the name of a status. */
bool token_status_is_valid(const char *name);

bool token_filter_matches(const struct token_filter *filter,
                          const struct tokenstore_token *token, int64_t now);

#endif
