/*
 * calendar.h - durations of calendar months ("6mo") and years ("1y"), which
 * are understood on the command line only: how long one is depends on when it
 * begins.
 */
#ifndef TOOLS_ACCESSTOKEN_CALENDAR_H
#define TOOLS_ACCESSTOKEN_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"

/* Returns whether the text is such a duration. */
bool calendar_parse(const char *text, int *months);

/*
 * Finds the same day and time, in UTC, so many months later, or earlier if
 * "months" is negative; the last day of a month that is too short.  A time
 * before 1970 becomes 0.  TIME_RANGE beyond the year 9999.
 */
enum tokenstore_error calendar_shift(int64_t from, int months, int64_t *to);

#endif
