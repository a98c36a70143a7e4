/*
 * golden.h - the golden files, read.  See golden.c.
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

/* A token that store.od holds, and all that its bytes must be. */
struct golden_token {
    struct tokenstore_token token;
    struct bearer_parts parts;
    char bearer[TOKENSTORE_BEARER_LENGTH + 1];
    char verify[16]; /* what verify says of it: "ok", or the reason */
    uint8_t record[RECORD_MAX];
    size_t record_length;
};

struct golden_store {
    size_t count;
    struct golden_token tokens[GOLDEN_TOKENS_MAX];
    uint64_t next;
};

/* Read tokens.txt; free() the result. */
struct golden_store *golden_read_tokens(void);

struct golden_bearer {
    struct bearer_parts parts;
    char text[TOKENSTORE_BEARER_LENGTH + 1];
    uint8_t hash[TOKEN_HASH_SIZE];
};

/* Read bearers.txt, at most max of them; returns how many there are. */
size_t golden_read_bearers(struct golden_bearer *bearers, size_t max);

/* Read store.od; free() the result. */
uint8_t *golden_read_store(size_t *size);

#endif
