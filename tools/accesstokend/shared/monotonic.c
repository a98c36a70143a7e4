/*
 * monotonic.c - the only calls of the clock that nobody can set.
 */
#include <config.h>

#include "tools/accesstokend/shared/monotonic.h"

#include <time.h>

int64_t monotonic_nanoseconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * MONOTONIC_SECOND + now.tv_nsec;
}

int64_t monotonic_seconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec;
}
