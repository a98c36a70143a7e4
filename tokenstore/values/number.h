/*
 * number.h - numbers as the formats have them: big-endian, of any size.
 */
#ifndef TOKENSTORE_VALUES_NUMBER_H
#define TOKENSTORE_VALUES_NUMBER_H

#include <stddef.h>
#include <stdint.h>

static inline void bytes_put(uint8_t *out, uint64_t number, size_t size) {
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
}

static inline uint64_t bytes_get(const uint8_t *in, size_t size) {
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | in[i];
    return number;
}

#endif
