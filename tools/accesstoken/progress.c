/*
 * progress.c - how far long work has come; see progress.h.
 * Must write nothing where standard error is no terminal: what reads it there
 * takes every line for a remark or an error.
 */
#include <config.h>

#include "tools/accesstoken/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define FIRST_MILLISECONDS 1000
#define NEXT_MILLISECONDS 200

static int64_t milliseconds_now(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

void progress_show(struct progress *progress, const char *format, ...) {
    const int64_t now = milliseconds_now();
    va_list arguments;
    int width;

    if (!progress->begun) {
        progress->begun = true;
        progress->terminal = isatty(STDERR_FILENO);
        progress->due = now + FIRST_MILLISECONDS;
    }
    if (!progress->terminal || now < progress->due)
        return;
    progress->due = now + NEXT_MILLISECONDS;
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
