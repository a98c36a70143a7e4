/*
 * decimal.c - read decimal numbers.  Must never accept what strtoul() accepts
 * beside them: space, a sign, or an empty text.
 */
#include <config.h>

#include "tools/common/decimal.h"

#include <string.h>

size_t decimal_scan(const char *text, size_t length, uint64_t most,
                    uint64_t *number) {
    uint64_t value = 0;
    size_t digits = 0;

    while (digits < length && text[digits] >= '0' && text[digits] <= '9') {
        value = value * 10 + (uint64_t)(text[digits++] - '0');
        if (value > most)
            value = most + 1;
    }
    *number = value;
    return digits;
}

bool decimal_parse(const char *text, uint64_t most, uint64_t *number) {
    const size_t digits = decimal_scan(text, strlen(text), most, number);

    return digits > 0 && text[digits] == '\0';
}
