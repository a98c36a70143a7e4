/*
 * fuzz.h - what the fuzz targets share: the function that libFuzzer or
 * main.c calls, and a check of a property.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Run one input. Each target defines it; it returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Abort the program if a property is not true. */
#define REQUIRE(condition)                                                    \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__,      \
                    #condition);                                              \
            abort();                                                          \
        }                                                                     \
    } while (0)

/* Returns the input as a string in memory of exactly its size, so that a
 * sanitizer sees an access past it. The string ends at the first NUL. The
 * caller frees it. */
static inline char *fuzz_text(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);

    REQUIRE(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

#endif
