/*
 * deadline.h - the monotonic clock, and how long a call may wait.
 */
#ifndef TOKENSTORE_HOST_DEADLINE_H
#define TOKENSTORE_HOST_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define NANOSECONDS INT64_C(1000000000) /* in a second */

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t monotonic_nanoseconds(void);

/* A moment of CLOCK_MONOTONIC, after which a call gives up. */
struct deadline {
    int64_t nanoseconds;
};

/* The deadline of a call that begins now and may take so long. */
struct deadline deadline_after(long milliseconds);

bool deadline_passed(const struct deadline *deadline);

/* The milliseconds that are left; 0 or less if the deadline has passed. */
long deadline_left(const struct deadline *deadline);

/* The same moment, as the functions of pthread.h take it. */
struct timespec deadline_time(const struct deadline *deadline);

/* Sleep for 100 microseconds, between two looks at what a call waits for. */
void deadline_pause(void);

#endif
