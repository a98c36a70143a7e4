/*
 * scope_names.h - is a scope the mistyped name of a PAM service?
 */
#ifndef TOOLS_ACCESSTOKEN_SCOPE_NAMES_H
#define TOOLS_ACCESSTOKEN_SCOPE_NAMES_H

#include "tokenstore/tokenstore.h"

/* Says for each scope of the token that no PAM service of this machine has
 * this name, if another one has nearly the same.  Other scopes may be for
 * services that speak HTTP, or that are elsewhere. */
void scope_names_warn(const struct tokenstore_token *token);

#endif
