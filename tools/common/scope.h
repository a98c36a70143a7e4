/*
 * scope.h - is a text a scope?
 */
#ifndef TOOLS_COMMON_SCOPE_H
#define TOOLS_COMMON_SCOPE_H

#include "tokenstore/tokenstore.h"

/*
 * Returns TOKENSTORE_OK if a token could have the text as a scope,
 * TOKENSTORE_ERROR_INVALID_SCOPE if not, and TOKENSTORE_ERROR_NO_MEMORY.
 */
enum tokenstore_error scope_check(const char *text);

#endif
