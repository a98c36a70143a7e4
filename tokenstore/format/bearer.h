/*
 * bearer.h - bearer tokens and digests inside libtokenstore.  See bearer.c.
 */
#ifndef TOKENSTORE_FORMAT_BEARER_H
#define TOKENSTORE_FORMAT_BEARER_H

#include "tokenstore/values/token.h"

#define BEARER_SECRET_SIZE TOKEN_SECRET_SIZE

/* A bearer token taken apart.  Wipe it after use. */
struct bearer_parts {
    uint64_t id;
    uint8_t secret[BEARER_SECRET_SIZE];
};

/* Make a new secret for the id: its text, and the hash to store.  UNAVAILABLE
 * when the system gives no randomness. */
enum tokenstore_error bearer_generate(uint64_t id,
                                      struct tokenstore_bearer *bearer,
                                      uint8_t hash[TOKEN_HASH_SIZE]);

/* Put a bearer token together (bearer_generate and the golden vectors). */
void bearer_format(const struct bearer_parts *parts,
                   struct tokenstore_bearer *bearer);

/* Take one apart; INVALID_BEARER when shape or checksum is wrong. */
enum tokenstore_error bearer_parse(const char *text, size_t length,
                                   struct bearer_parts *parts);

/*
 * For what a process remembers of a text that bearer_parse() took and that was
 * good: the id that it would have, false where none can be read; and a digest
 * of all of it, checksum and spelling included.  Neither proves anything by
 * itself.
 */
bool bearer_peek_id(const char *text, size_t length, uint64_t *id);
void bearer_seal(const char *text, size_t length,
                 uint8_t seal[TOKEN_HASH_SIZE]);

/* The hash at rest. */
void bearer_hash(const struct bearer_parts *parts,
                 uint8_t hash[TOKEN_HASH_SIZE]);

/* Compare two hashes in constant time. */
bool bearer_hash_equal(const uint8_t a[TOKEN_HASH_SIZE],
                       const uint8_t b[TOKEN_HASH_SIZE]);

#endif
