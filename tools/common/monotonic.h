/*
 * monotonic.h - the clock for durations and deadlines.  It starts at an
 * arbitrary moment and never goes back, whatever happens to the time of day.
 */
#ifndef TOOLS_COMMON_MONOTONIC_H
#define TOOLS_COMMON_MONOTONIC_H

#include <stdint.h>

/* In nanoseconds. */
#define MONOTONIC_MICROSECOND INT64_C(1000)
#define MONOTONIC_MILLISECOND INT64_C(1000000)
#define MONOTONIC_SECOND INT64_C(1000000000)

/* Returns CLOCK_MONOTONIC in nanoseconds.  It cannot fail. */
int64_t monotonic_now(void);

/* Returns the seconds of the same clock, up to 10 ms late (the kernel's tick),
 * which costs less.  It cannot fail. */
int64_t monotonic_seconds(void);

#endif
