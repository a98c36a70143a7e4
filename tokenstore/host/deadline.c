/*
 * deadline.c - the monotonic clock, and how long a call may wait.  The only
 * file of the library that reads CLOCK_MONOTONIC.
 */
#include "tokenstore/host/deadline.h"

#define MILLISECOND INT64_C(1000000) /* in nanoseconds */

int64_t monotonic_nanoseconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
}

struct deadline deadline_after(long milliseconds) {
    return (struct deadline){monotonic_nanoseconds() +
                             milliseconds * MILLISECOND};
}

bool deadline_passed(const struct deadline *deadline) {
    return monotonic_nanoseconds() >= deadline->nanoseconds;
}

long deadline_left(const struct deadline *deadline) {
    return (long)((deadline->nanoseconds - monotonic_nanoseconds()) /
                  MILLISECOND);
}

struct timespec deadline_time(const struct deadline *deadline) {
    return (struct timespec){
        .tv_sec = (time_t)(deadline->nanoseconds / NANOSECONDS),
        .tv_nsec = (long)(deadline->nanoseconds % NANOSECONDS)};
}

void deadline_pause(void) {
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}
