/*
 * monotonic.h - the clock that nobody can set.
 */
#ifndef TOOLS_ACCESSTOKEND_SHARED_MONOTONIC_H
#define TOOLS_ACCESSTOKEND_SHARED_MONOTONIC_H

#include <stdint.h>

#define MONOTONIC_SECOND INT64_C(1000000000)

/* Nanoseconds since some time in the past. */
int64_t monotonic_nanoseconds(void);

/* Seconds since the same time; cheaper, and up to 10 ms late. */
int64_t monotonic_seconds(void);

#endif
