/*
 * token_key.h - the keys of places in a list that is not in the order of the
 * ids: what "after" is there.  Opaque for everybody else; a key names its
 * order, and damage to it is detected.  Pure: no I/O and no clock.
 */
#ifndef TOOLS_COMMON_TOKEN_KEY_H
#define TOOLS_COMMON_TOKEN_KEY_H

#include "tools/common/token_order.h"

/* Room for a key and its NUL: base64url of an order, an id and a text. */
#define TOKEN_KEY_SIZE 416

/* Writes the key of a place.  The order must have its text. */
void token_key_write(const struct token_order *order,
                     const struct token_place *place,
                     char key[static TOKEN_KEY_SIZE]);

/* Reads a key of this order, which must have its text.  Returns false for
 * every other text. */
bool token_key_read(const struct token_order *order, const char *key,
                    struct token_place *place);

#endif
