/*
 * record.h - access tokens as bytes.  See record.c, and doc/FORMAT.md for the
 * layout byte by byte.
 */
#ifndef TOKENSTORE_FORMAT_RECORD_H
#define TOKENSTORE_FORMAT_RECORD_H

#include "tokenstore/values/token.h"

#define RECORD_VERSION 1
#define RECORD_MAX 4096 /* no valid token needs more */

/* Encode a token; *length is at most RECORD_MAX.  Cannot fail for a token
 * whose fields passed their setters. */
void record_encode(const struct tokenstore_token *token,
                   uint8_t bytes[RECORD_MAX], size_t *length);

/* Decode; DAMAGED for anything that record_encode would not have written,
 * NEWER_FORMAT for a later version.  On failure *token holds nothing. */
enum tokenstore_error record_decode(const uint8_t *bytes, size_t length,
                                    struct tokenstore_token *token);

#endif
