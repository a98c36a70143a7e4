/*
 * bearer.c - bearer tokens: generate, parse, checksum, hash, compare.
 * Pure, apart from the random bytes of a new secret.  Must never give out a
 * secret except in the bearer token that it makes, nor leave one on the stack.
 */
#include "tokenstore/format/bearer.h"

#include <string.h>

#include "tokenstore/values/crypto.h"
#include "tokenstore/values/number.h"

#define PREFIX_LENGTH (sizeof(TOKENSTORE_BEARER_PREFIX) - 1)
#define ID_SIZE 8
#define CHECKSUM_SIZE 4
#define BODY_SIZE (ID_SIZE + BEARER_SECRET_SIZE + CHECKSUM_SIZE)
#define HASH_PURPOSE "accesstoken-hash"
#define CHECKSUM_PURPOSE "accesstoken-csum"
#define SEAL_PURPOSE "accesstoken-text"

_Static_assert(TOKENSTORE_BEARER_LENGTH == PREFIX_LENGTH + BODY_SIZE / 3 * 4,
               "the length in the header is that of the format");
_Static_assert(sizeof(HASH_PURPOSE) - 1 == CRYPTO_PURPOSE_SIZE,
               "a purpose has a fixed size");

_Static_assert(TOKENSTORE_BEARER_LENGTH <= TOKENSTORE_BEARER_MAX,
               "there is room for ours");

/* The body begins with id and secret.  The checksum covers the prefix as well,
 * so that the same body with another prefix is no valid token. */
static void checksum(const uint8_t body[BODY_SIZE],
                     uint8_t sum[CHECKSUM_SIZE]) {
    uint8_t data[PREFIX_LENGTH + ID_SIZE + BEARER_SECRET_SIZE];
    uint8_t digest[32];

    memcpy(data, TOKENSTORE_BEARER_PREFIX, PREFIX_LENGTH);
    memcpy(data + PREFIX_LENGTH, body, ID_SIZE + BEARER_SECRET_SIZE);
    crypto_blake2b(CHECKSUM_PURPOSE, data, sizeof(data), digest,
                   sizeof(digest));
    memcpy(sum, digest, CHECKSUM_SIZE);
    tokenstore_wipe(data, sizeof(data));
}

void bearer_format(const struct bearer_parts *parts,
                   struct tokenstore_bearer *bearer) {
    uint8_t body[BODY_SIZE];

    number_put(body, parts->id, ID_SIZE);
    memcpy(body + ID_SIZE, parts->secret, BEARER_SECRET_SIZE);
    checksum(body, body + ID_SIZE + BEARER_SECRET_SIZE);
    memcpy(bearer->text, TOKENSTORE_BEARER_PREFIX, PREFIX_LENGTH);
    crypto_encode(body, sizeof(body), bearer->text + PREFIX_LENGTH,
                  sizeof(bearer->text) - PREFIX_LENGTH);
    tokenstore_wipe(body, sizeof(body));
}

enum tokenstore_error bearer_parse(const char *text, size_t length,
                                   struct bearer_parts *parts) {
    const uint8_t *given_sum;
    uint8_t body[BODY_SIZE], sum[CHECKSUM_SIZE];
    bool good;

    if (text == NULL || length != TOKENSTORE_BEARER_LENGTH ||
        memcmp(text, TOKENSTORE_BEARER_PREFIX, PREFIX_LENGTH) != 0)
        return TOKENSTORE_ERROR_INVALID_BEARER;
    good = crypto_decode(text + PREFIX_LENGTH, length - PREFIX_LENGTH, body,
                         sizeof(body));
    if (good) {
        checksum(body, sum);
        given_sum = body + ID_SIZE + BEARER_SECRET_SIZE;
        good = crypto_equal(sum, given_sum, sizeof(sum));
    }
    if (good) {
        parts->id = number_get(body, ID_SIZE);
        memcpy(parts->secret, body + ID_SIZE, BEARER_SECRET_SIZE);
    }
    tokenstore_wipe(body, sizeof(body));
    return good ? TOKENSTORE_OK : TOKENSTORE_ERROR_INVALID_BEARER;
}

bool bearer_peek_id(const char *text, size_t length, uint64_t *id) {
    uint8_t begin[ID_SIZE + 1]; /* 12 characters; one byte is the secret's */
    bool found;

    if (text == NULL || length != TOKENSTORE_BEARER_LENGTH)
        return false;
    found = crypto_decode(text + PREFIX_LENGTH, sizeof(begin) / 3 * 4, begin,
                          sizeof(begin));
    if (found)
        *id = number_get(begin, ID_SIZE);
    tokenstore_wipe(begin, sizeof(begin));
    return found;
}

void bearer_seal(const char *text, size_t length,
                 uint8_t seal[TOKEN_HASH_SIZE]) {
    crypto_blake2b(SEAL_PURPOSE, text, length, seal, TOKEN_HASH_SIZE);
}

void bearer_hash(const struct bearer_parts *parts,
                 uint8_t hash[TOKEN_HASH_SIZE]) {
    uint8_t data[ID_SIZE + BEARER_SECRET_SIZE];

    number_put(data, parts->id, ID_SIZE);
    memcpy(data + ID_SIZE, parts->secret, BEARER_SECRET_SIZE);
    crypto_blake2b(HASH_PURPOSE, data, sizeof(data), hash, TOKEN_HASH_SIZE);
    tokenstore_wipe(data, sizeof(data));
}

bool bearer_hash_equal(const uint8_t a[TOKEN_HASH_SIZE],
                       const uint8_t b[TOKEN_HASH_SIZE]) {
    return crypto_equal(a, b, TOKEN_HASH_SIZE);
}

enum tokenstore_error bearer_generate(uint64_t id,
                                      struct tokenstore_bearer *bearer,
                                      uint8_t hash[TOKEN_HASH_SIZE]) {
    struct bearer_parts parts = {.id = id};

    if (!crypto_random(parts.secret, sizeof(parts.secret)))
        return TOKENSTORE_ERROR_UNAVAILABLE;
    bearer_format(&parts, bearer);
    bearer_hash(&parts, hash);
    tokenstore_wipe(&parts, sizeof(parts));
    return TOKENSTORE_OK;
}
