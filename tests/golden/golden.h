/*
 * golden.h - read the golden files, in a cmocka test. Every function fails the
 * test if a file is missing or has a line that is not understood.
 */
#ifndef TESTS_GOLDEN_GOLDEN_H
#define TESTS_GOLDEN_GOLDEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tokenstore/format/bearer.h"
#include "tokenstore/format/record.h"
#include "tokenstore/values/token.h"

#define GOLDEN_TOKENS_MAX 256

/* A token in the stores, and the bytes that it must have. */
struct golden_token {
    struct tokenstore_token token;
    struct bearer_parts parts;
    char bearer[TOKENSTORE_BEARER_LENGTH + 1];
    char verify[16]; /* the answer of verify: "ok" or the reason */
    uint8_t record[RECORD_MAX];
    size_t record_length;
};

struct golden_store {
    size_t count;
    struct golden_token tokens[GOLDEN_TOKENS_MAX];
    uint64_t next;
};

/* Reads tokens.txt or issued.txt. The caller frees the result with free(). */
struct golden_store *golden_read_tokens(const char *name);

/* A line of bearers.txt: a bearer token, its parts and its hash. */
struct golden_bearer {
    struct bearer_parts parts;
    char text[TOKENSTORE_BEARER_LENGTH + 1];
    uint8_t hash[TOKEN_HASH_SIZE];
};

/* Reads bearers.txt, which has at most "max" lines. Returns how many there
 * are. */
size_t golden_read_bearers(struct golden_bearer *bearers, size_t max);

/* Reads the bytes of the store file with this name and sets their number. The
 * caller frees them with free(). */
uint8_t *golden_read_store(const char *name, size_t *size);

/* The id of the store in store-id.od. */
#define GOLDEN_STORE_ID "9996ab26cd9b321425d840d5991f38d5"

#endif
