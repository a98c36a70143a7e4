/*
 * progress.h - the progress of long work, on a terminal.
 */
#ifndef TOOLS_ACCESSTOKEN_PROGRESS_H
#define TOOLS_ACCESSTOKEN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise it when the work begins. */
struct progress {
    bool begun;
    bool terminal; /* standard error is a terminal */
    int64_t due;   /* the next time to show it, of monotonic_now() */
    size_t width;  /* of the line that is shown; 0: none */
};

/* Shows the progress; call it as often as convenient.  Nothing is shown in the
 * first second; after it each text replaces the last, a few times a second. */
void progress_show(struct progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Removes the line.  Call it before anything else is printed. */
void progress_clear(struct progress *progress);

#endif
