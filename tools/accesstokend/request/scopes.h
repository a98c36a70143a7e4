/*
 * scopes.h - a token's scopes, as more than one route looks at them.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_SCOPES_H
#define TOOLS_ACCESSTOKEND_REQUEST_SCOPES_H

#include "tokenstore/tokenstore.h"
#include <stdbool.h>

#define SCOPES_SIZE (TOKENSTORE_SCOPES_MAX * (TOKENSTORE_SCOPE_MAX + 1))

/* Does it name this scope? */
bool scopes_have(const struct tokenstore_token *token, const char *scope);

/* All of them with a space between (RFC 6749, section 3.3); "" for none. */
void scopes_join(const struct tokenstore_token *token, char text[SCOPES_SIZE]);

#endif
