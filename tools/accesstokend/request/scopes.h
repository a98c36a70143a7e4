/*
 * scopes.h - look at the scopes of a token.  Pure.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_SCOPES_H
#define TOOLS_ACCESSTOKEND_REQUEST_SCOPES_H

#include <stdbool.h>

#include "tokenstore/tokenstore.h"

/* Room for all scopes of a token, and a space or NUL after each. */
#define SCOPES_SIZE (TOKENSTORE_SCOPES_MAX * (TOKENSTORE_SCOPE_MAX + 1))

/* Does the token name this scope? */
bool scopes_have(const struct tokenstore_token *token, const char *scope);

/* Writes all scopes of the token with a space between them (RFC 6749, section
 * 3.3); "" if it names none. */
void scopes_join(const struct tokenstore_token *token, char text[SCOPES_SIZE]);

#endif
