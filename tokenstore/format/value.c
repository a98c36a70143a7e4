/*
 * value.c - one record of a store's file: its key, its payload, its checksum.
 * Pure.  Must never hand out a payload whose checksum is wrong.
 *
 * Layout of a key (big-endian)      Layout of a value
 *   0  kind (1)     4  number (4)     0   digest (16)
 *   1  part (1)     8  set (8)        16  version (1)
 *   2  zero (2)                       17  payload (239)
 */
#include "tokenstore/format/value.h"

#include <string.h>

#include "tokenstore/values/crypto.h"
#include "tokenstore/values/number.h"

enum {
    AT_KIND = 0,
    AT_PART = 1,
    AT_NUMBER = 4,
    AT_SET = 8,
};

enum {
    AT_VERSION = CRYPTO_DIGEST_SIZE,
    AT_PAYLOAD = AT_VERSION + 1,
};

_Static_assert(AT_PAYLOAD + VALUE_PAYLOAD_SIZE == VALUE_SIZE, "it is full");

struct value_key value_key(char kind, uint8_t part, uint32_t number,
                           uint64_t set) {
    struct value_key key = {{0}};

    key.bytes[AT_KIND] = (uint8_t)kind;
    key.bytes[AT_PART] = part;
    number_put(key.bytes + AT_NUMBER, number, 4);
    number_put(key.bytes + AT_SET, set, 8);
    return key;
}

uint32_t value_key_number(const uint8_t key[VALUE_KEY_SIZE]) {
    return (uint32_t)number_get(key + AT_NUMBER, 4);
}

uint64_t value_key_set(const uint8_t key[VALUE_KEY_SIZE]) {
    return number_get(key + AT_SET, 8);
}

/* Over the key too: a value that turns up under another key is damage. */
static void compute_digest(const uint8_t key[VALUE_KEY_SIZE],
                           const uint8_t value[VALUE_SIZE],
                           uint8_t digest[CRYPTO_DIGEST_SIZE]) {
    uint8_t data[VALUE_KEY_SIZE + VALUE_SIZE - AT_VERSION];

    memcpy(data, key, VALUE_KEY_SIZE);
    memcpy(data + VALUE_KEY_SIZE, value + AT_VERSION, VALUE_SIZE - AT_VERSION);
    crypto_blake2b("accesstoken-data", data, sizeof(data), digest,
                   CRYPTO_DIGEST_SIZE);
}

void value_encode(const struct value_key *key,
                  const struct value_payload *payload,
                  uint8_t value[VALUE_SIZE]) {
    value[AT_VERSION] = VALUE_VERSION;
    memcpy(value + AT_PAYLOAD, payload->bytes, VALUE_PAYLOAD_SIZE);
    compute_digest(key->bytes, value, value);
}

enum tokenstore_error value_judge(const uint8_t *key, size_t key_size,
                                  const uint8_t *value, size_t value_size) {
    uint8_t digest[CRYPTO_DIGEST_SIZE];

    if (key_size != VALUE_KEY_SIZE || value_size != VALUE_SIZE)
        return TOKENSTORE_ERROR_DAMAGED;
    compute_digest(key, value, digest);
    if (memcmp(digest, value, sizeof(digest)) != 0)
        return TOKENSTORE_ERROR_DAMAGED;
    if (value[AT_VERSION] > VALUE_VERSION)
        return TOKENSTORE_ERROR_NEWER_FORMAT;
    return value[AT_VERSION] == VALUE_VERSION ? TOKENSTORE_OK
                                              : TOKENSTORE_ERROR_DAMAGED;
}

enum tokenstore_error value_decode(const uint8_t *key, size_t key_size,
                                   const uint8_t *value, size_t value_size,
                                   struct value_payload *payload) {
    enum tokenstore_error error =
        value_judge(key, key_size, value, value_size);

    if (error == TOKENSTORE_OK)
        memcpy(payload->bytes, value + AT_PAYLOAD, VALUE_PAYLOAD_SIZE);
    return error;
}
