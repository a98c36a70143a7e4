/*
 * record.h - an access token as bytes; layout in doc/FORMAT.md.
 */
#ifndef TOKENSTORE_FORMAT_RECORD_H
#define TOKENSTORE_FORMAT_RECORD_H

#include "tokenstore/values/token.h"

#define RECORD_VERSION 1
#define RECORD_VERSION_ISSUED 2 /* with the fields of its issuers */
#define RECORD_MAX 4096         /* no valid token needs more */

/* Encode a token; *length becomes at most RECORD_MAX.  Cannot fail, since
 * every field has passed its setter. */
void record_encode(const struct tokenstore_token *token,
                   uint8_t bytes[RECORD_MAX], size_t *length);

/* Decode a token.  DAMAGED for anything that record_encode() does not write,
 * NEWER_FORMAT for a later version.  On an error, *token is empty. */
enum tokenstore_error record_decode(const uint8_t *bytes, size_t length,
                                    struct tokenstore_token *token);

#endif
