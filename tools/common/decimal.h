/*
 * decimal.h - decimal numbers in arguments, files and requests.
 */
#ifndef TOOLS_COMMON_DECIMAL_H
#define TOOLS_COMMON_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest "most" that the functions below accept. */
#define DECIMAL_MOST (UINT64_MAX / 10 - 2)

/*
 * Reads the decimal digits that the first "length" bytes of text begin with,
 * stops before any other byte, and returns how many digits there are.  A
 * number above "most" becomes most + 1, so that the caller can refuse it or
 * lower it; leading zeros count as digits.
 */
size_t decimal_scan(const char *text, size_t length, uint64_t most,
                    uint64_t *number);

/*
 * Reads a text that consists of decimal digits alone: no sign, no space and
 * no other base.  Returns false for any other text, the empty one included.
 * A number above "most" becomes most + 1.
 */
bool decimal_parse(const char *text, uint64_t most, uint64_t *number);

#endif
