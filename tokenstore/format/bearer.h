/*
 * bearer.h - bearer tokens inside libtokenstore; layout in doc/FORMAT.md.
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

/* Make a new secret for the id: the bearer token, and the hash to store.
 * UNAVAILABLE, with errno, if the system has no random bytes. */
enum tokenstore_error bearer_generate(uint64_t id,
                                      struct tokenstore_bearer *bearer,
                                      uint8_t hash[TOKEN_HASH_SIZE]);

/* Write the text of a bearer token. */
void bearer_format(const struct bearer_parts *parts,
                   struct tokenstore_bearer *bearer);

/* Take a text apart; INVALID_BEARER if its form or its checksum is wrong. */
enum tokenstore_error bearer_parse(const char *text, size_t length,
                                   struct bearer_parts *parts);

/*
 * A process remembers texts that bearer_parse() accepted and that were valid,
 * by these two: the id that a text would have, or false if none can be read;
 * and a digest of the whole text, checksum and spelling included.  Neither
 * proves anything by itself.
 */
bool bearer_peek_id(const char *text, size_t length, uint64_t *id);
void bearer_seal(const char *text, size_t length,
                 uint8_t seal[TOKEN_HASH_SIZE]);

/* Compute the hash that is stored. */
void bearer_hash(const struct bearer_parts *parts,
                 uint8_t hash[TOKEN_HASH_SIZE]);

/* Compare two hashes in constant time. */
bool bearer_hash_equal(const uint8_t a[TOKEN_HASH_SIZE],
                       const uint8_t b[TOKEN_HASH_SIZE]);

#endif
