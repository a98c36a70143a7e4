/*
 * progress.h - how far long work has come, on a terminal.
 */
#ifndef TOOLS_ACCESSTOKEN_PROGRESS_H
#define TOOLS_ACCESSTOKEN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise where the work begins. */
struct progress {
    bool begun;
    bool terminal; /* standard error is one */
    int64_t due;   /* milliseconds of CLOCK_MONOTONIC */
    size_t width;  /* of the line that stands there; 0: none does */
};

/* Say how far it is; call it as often as convenient.  It shows nothing in the
 * first second, and after that a few lines a second, each over the last. */
void progress_show(struct progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Take the line away, before anything else is written. */
void progress_clear(struct progress *progress);

#endif
