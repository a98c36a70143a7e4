/*
 * number.h - numbers as they are written: big-endian bytes and decimal digits.
 */
#ifndef TOKENSTORE_VALUES_NUMBER_H
#define TOKENSTORE_VALUES_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Write the number as "size" bytes, the most significant one first. */
static inline void number_put(uint8_t *out, uint64_t number, size_t size) {
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
}

/* Read the number in "size" bytes, the most significant one first. */
static inline uint64_t number_get(const uint8_t *in, size_t size) {
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | in[i];
    return number;
}

/*
 * Read the decimal digits at the cursor, leading zeros included, and move the
 * cursor past all of them.  No digit at all is 0.  Returns false if the number
 * does not fit into 64 bits.
 */
bool number_read_digits(const char **cursor, uint64_t *number);

/*
 * Read a decimal number as programs write it: at least one digit, no leading
 * zero, at most max.  Moves the cursor past its digits.  Returns false, and
 * leaves the number alone, if there is none.
 */
bool number_read(const char **cursor, uint64_t max, uint64_t *number);

/* The same for a text that is such a number and nothing else. */
bool number_parse(const char *text, uint64_t max, uint64_t *number);

#endif
