/*
 * bearer.c - bearer tokens: generate, parse, checksum, hash, compare.
 * The only user of libsodium in the project.  Must never let a secret out
 * other than in the bearer token that it makes, nor leave one on the stack.
 */
#include "tokenstore/format/bearer.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

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
_Static_assert(sizeof(HASH_PURPOSE) - 1 ==
                   crypto_generichash_blake2b_PERSONALBYTES,
               "BLAKE2b takes 16 bytes of personalisation");

_Static_assert(TOKENSTORE_BEARER_LENGTH <= TOKENSTORE_BEARER_MAX,
               "there is room for ours");

static pthread_once_t sodium_once = PTHREAD_ONCE_INIT;
static bool sodium_works;

static void initialise_sodium(void) { sodium_works = sodium_init() >= 0; }

static void blake2b(const char *purpose, const void *data, size_t length,
                    uint8_t *digest, size_t digest_size) {
    /* Finds the fastest code for this processor; any code will do. */
    pthread_once(&sodium_once, initialise_sodium);
    /* Can only fail when asked for a size that BLAKE2b does not have. */
    (void)crypto_generichash_blake2b_salt_personal(
        digest, digest_size, data, length, NULL, 0, NULL,
        (const unsigned char *)purpose);
}

/* body starts with id and secret; the prefix is part of what is summed, so
 * that the same body under another prefix is another token. */
static void checksum(const uint8_t body[BODY_SIZE],
                     uint8_t sum[CHECKSUM_SIZE]) {
    uint8_t data[PREFIX_LENGTH + ID_SIZE + BEARER_SECRET_SIZE];
    uint8_t digest[32];

    memcpy(data, TOKENSTORE_BEARER_PREFIX, PREFIX_LENGTH);
    memcpy(data + PREFIX_LENGTH, body, ID_SIZE + BEARER_SECRET_SIZE);
    blake2b(CHECKSUM_PURPOSE, data, sizeof data, digest, sizeof digest);
    memcpy(sum, digest, CHECKSUM_SIZE);
    sodium_memzero(data, sizeof data);
}

void bearer_format(const struct bearer_parts *parts,
                   struct tokenstore_bearer *bearer) {
    uint8_t body[BODY_SIZE];

    number_put(body, parts->id, ID_SIZE);
    memcpy(body + ID_SIZE, parts->secret, BEARER_SECRET_SIZE);
    checksum(body, body + ID_SIZE + BEARER_SECRET_SIZE);
    memcpy(bearer->text, TOKENSTORE_BEARER_PREFIX, PREFIX_LENGTH);
    sodium_bin2base64(bearer->text + PREFIX_LENGTH,
                      sizeof bearer->text - PREFIX_LENGTH, body, sizeof body,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(body, sizeof body);
}

/* Where char is signed, libsodium 1.0.18 reads every byte from 0x80 on as the
 * alphabet's last character, and a token would have several texts. */
static bool is_ascii(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

enum tokenstore_error bearer_parse(const char *text, size_t length,
                                   struct bearer_parts *parts) {
    enum tokenstore_error error = TOKENSTORE_ERROR_INVALID_BEARER;
    uint8_t body[BODY_SIZE];
    uint8_t sum[CHECKSUM_SIZE];
    size_t body_length = 0;

    if (text == NULL || length != TOKENSTORE_BEARER_LENGTH ||
        memcmp(text, TOKENSTORE_BEARER_PREFIX, PREFIX_LENGTH) != 0 ||
        !is_ascii(text, length))
        return error;
    if (sodium_base642bin(body, sizeof body, text + PREFIX_LENGTH,
                          length - PREFIX_LENGTH, NULL, &body_length, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        body_length != sizeof body)
        goto out;
    checksum(body, sum);
    if (sodium_memcmp(sum, body + ID_SIZE + BEARER_SECRET_SIZE, sizeof sum) !=
        0)
        goto out;
    parts->id = number_get(body, ID_SIZE);
    memcpy(parts->secret, body + ID_SIZE, BEARER_SECRET_SIZE);
    error = TOKENSTORE_OK;
out:
    sodium_memzero(body, sizeof body);
    return error;
}

bool bearer_peek_id(const char *text, size_t length, uint64_t *id) {
    uint8_t begin[ID_SIZE + 1]; /* 12 characters; one byte is the secret's */
    size_t size = 0;
    bool found;

    if (text == NULL || length != TOKENSTORE_BEARER_LENGTH)
        return false;
    found = sodium_base642bin(begin, sizeof begin, text + PREFIX_LENGTH,
                              sizeof begin / 3 * 4, NULL, &size, NULL,
                              sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
            size == sizeof begin;
    if (found)
        *id = number_get(begin, ID_SIZE);
    sodium_memzero(begin, sizeof begin);
    return found;
}

void bearer_seal(const char *text, size_t length,
                 uint8_t seal[TOKEN_HASH_SIZE]) {
    blake2b(SEAL_PURPOSE, text, length, seal, TOKEN_HASH_SIZE);
}

void bearer_hash(const struct bearer_parts *parts,
                 uint8_t hash[TOKEN_HASH_SIZE]) {
    uint8_t data[ID_SIZE + BEARER_SECRET_SIZE];

    number_put(data, parts->id, ID_SIZE);
    memcpy(data + ID_SIZE, parts->secret, BEARER_SECRET_SIZE);
    blake2b(HASH_PURPOSE, data, sizeof data, hash, TOKEN_HASH_SIZE);
    sodium_memzero(data, sizeof data);
}

bool bearer_hash_equal(const uint8_t a[TOKEN_HASH_SIZE],
                       const uint8_t b[TOKEN_HASH_SIZE]) {
    return sodium_memcmp(a, b, TOKEN_HASH_SIZE) == 0;
}

enum tokenstore_error bearer_generate(uint64_t id,
                                      struct tokenstore_bearer *bearer,
                                      uint8_t hash[TOKEN_HASH_SIZE]) {
    struct bearer_parts parts = {.id = id};

    pthread_once(&sodium_once, initialise_sodium);
    if (!sodium_works)
        return TOKENSTORE_ERROR_UNAVAILABLE;
    randombytes_buf(parts.secret, sizeof parts.secret);
    bearer_format(&parts, bearer);
    bearer_hash(&parts, hash);
    sodium_memzero(&parts, sizeof parts);
    return TOKENSTORE_OK;
}

void bearer_digest(const char purpose[static 16], const void *data,
                   size_t length, uint8_t digest[BEARER_DIGEST_SIZE]) {
    blake2b(purpose, data, length, digest, BEARER_DIGEST_SIZE);
}

enum tokenstore_error tokenstore_bearer_id(const char *text, size_t length,
                                           uint64_t *id) {
    struct bearer_parts parts;
    enum tokenstore_error error = bearer_parse(text, length, &parts);

    if (error == TOKENSTORE_OK)
        *id = parts.id;
    sodium_memzero(&parts, sizeof parts);
    return error;
}

void tokenstore_wipe(void *secret, size_t length) {
    if (secret != NULL)
        sodium_memzero(secret, length);
}
