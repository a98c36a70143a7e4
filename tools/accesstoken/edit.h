/*
 * edit.h - add single scopes and networks to those of a token, and take some
 * away.  Must never turn a token that is restricted into one that is not.
 */
#ifndef TOOLS_ACCESSTOKEN_EDIT_H
#define TOOLS_ACCESSTOKEN_EDIT_H

#include "tools/accesstoken/command.h"

/* Returns the fields, TOKENSTORE_FIELD_*, of which the options add or remove
 * something. */
unsigned int edit_fields(const struct options *options);

/* Makes the values with which a token, as it was read, is to be modified.
 * Prints an error if the token does not have what is to be removed, or would
 * not be restricted any more. */
enum exit_code edit_values(const struct options *options,
                           const struct tokenstore_token *before,
                           struct tokenstore_token **values);

/* Returns whether two tokens have the same scopes and networks. */
bool edit_is_same(const struct tokenstore_token *one,
                  const struct tokenstore_token *other);

#endif
