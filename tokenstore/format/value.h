/*
 * value.h - one record of a store's file: its key, its payload, its checksum.
 * doc/FORMAT.md has the layout byte by byte.
 */
#ifndef TOKENSTORE_FORMAT_VALUE_H
#define TOKENSTORE_FORMAT_VALUE_H

#include "tokenstore/tokenstore.h"

/* One size for every key and one for every value: values of varying size
 * fragment a tdb badly. */
#define VALUE_KEY_SIZE 16
#define VALUE_SIZE 256
#define VALUE_PAYLOAD_SIZE 239 /* a value less its checksum and version */
#define VALUE_VERSION TOKENSTORE_FORMAT

struct value_key {
    uint8_t bytes[VALUE_KEY_SIZE];
};

struct value_payload {
    uint8_t bytes[VALUE_PAYLOAD_SIZE];
};

/* Make the key of a record: its kind, which part of its subject it is, and the
 * number and the set that its subject has. */
struct value_key value_key(char kind, uint8_t part, uint32_t number,
                           uint64_t set);

/* The number and the set in a key. */
uint32_t value_key_number(const uint8_t key[VALUE_KEY_SIZE]);
uint64_t value_key_set(const uint8_t key[VALUE_KEY_SIZE]);

/* Encode a payload as the value of this key. */
void value_encode(const struct value_key *key,
                  const struct value_payload *payload,
                  uint8_t value[VALUE_SIZE]);

/* Judge a key and a value as they stand in a file.  Returns DAMAGED if a size
 * or the checksum is wrong, and NEWER_FORMAT for a later version. */
enum tokenstore_error value_judge(const uint8_t *key, size_t key_size,
                                  const uint8_t *value, size_t value_size);

/* The same, and take out the payload if all is well. */
enum tokenstore_error value_decode(const uint8_t *key, size_t key_size,
                                   const uint8_t *value, size_t value_size,
                                   struct value_payload *payload);

#endif
