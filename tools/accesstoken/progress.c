/*
 * progress.c - show the progress of long work.  Must write nothing if standard
 * error is no terminal: a program that reads it takes every line for a notice
 * or an error.
 */
#include <config.h>

#include "tools/accesstoken/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "tools/accesstoken/message.h"
#include "tools/common/monotonic.h"

#define FIRST_DELAY MONOTONIC_SECOND
#define NEXT_DELAY (200 * MONOTONIC_MILLISECOND)

void progress_show(struct progress *progress, const char *format, ...) {
    const int64_t now = monotonic_now();
    va_list arguments;
    int width;

    if (!progress->begun) {
        progress->begun = true;
        progress->terminal = remarks_are_wanted() && isatty(STDERR_FILENO);
        progress->due = now + FIRST_DELAY;
    }
    if (!progress->terminal || now < progress->due)
        return;
    progress->due = now + NEXT_DELAY;
    progress_clear(progress);
    va_start(arguments, format);
    width = vfprintf(stderr, format, arguments);
    va_end(arguments);
    if (width > 0)
        progress->width = (size_t)width;
}

void progress_clear(struct progress *progress) {
    if (progress->width > 0)
        fprintf(stderr, "\r%*s\r", (int)progress->width, "");
    progress->width = 0;
}
