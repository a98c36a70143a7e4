/*
 * number.c - decimal numbers.  Pure.  Must never wrap around: a number that is
 * too large is refused.
 */
#include "tokenstore/values/number.h"

bool number_read_digits(const char **cursor, uint64_t *number) {
    uint64_t value = 0;
    bool fits = true;

    for (; **cursor >= '0' && **cursor <= '9'; (*cursor)++)
        fits =
            fits && !__builtin_mul_overflow(value, 10, &value) &&
            !__builtin_add_overflow(value, (uint64_t)(**cursor - '0'), &value);
    *number = value;
    return fits;
}

bool number_read(const char **cursor, uint64_t max, uint64_t *number) {
    const char *digits = *cursor;
    uint64_t value;

    if (!number_read_digits(cursor, &value) || value > max ||
        *cursor == digits || (*digits == '0' && *cursor - digits > 1))
        return false;
    *number = value;
    return true;
}

bool number_parse(const char *text, uint64_t max, uint64_t *number) {
    uint64_t value;

    if (!number_read(&text, max, &value) || *text != '\0')
        return false;
    *number = value;
    return true;
}
