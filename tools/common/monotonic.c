/*
 * monotonic.c - read the clock for durations and deadlines.
 */
#include <config.h>

#include "tools/common/monotonic.h"

#include <time.h>

int64_t monotonic_now(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * MONOTONIC_SECOND + now.tv_nsec;
}

int64_t monotonic_seconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec;
}
