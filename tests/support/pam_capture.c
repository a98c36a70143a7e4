/*
 * pam_capture.c - defines syslog, time and audit_open in the program, where
 * libpam and the module find them before libc's.  Nothing that a test does may
 * reach the machine's log or its audit trail.
 */
#include <config.h>

#include "tests/support/pam_capture.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define EXPORTED __attribute__((visibility("default")))

/* <syslog.h> would define some of these itself, in a fortified build. */
void syslog(int priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void vsyslog(int priority, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
void __syslog_chk(int priority, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void __vsyslog_chk(int priority, int flag, const char *format,
                   va_list arguments) __attribute__((format(printf, 3, 0)));
int audit_open(void);

void (*capture_log)(int priority, const char *line);
long capture_clock_offset;
time_t capture_time;

EXPORTED void vsyslog(int priority, const char *format, va_list arguments) {
    char line[4096];

    vsnprintf(line, sizeof(line), format, arguments);
    if (capture_log != NULL)
        capture_log(priority, line);
}

EXPORTED void syslog(int priority, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    vsyslog(priority, format, arguments);
    va_end(arguments);
}

EXPORTED void __syslog_chk(int priority, int flag, const char *format, ...) {
    va_list arguments;

    (void)flag;
    va_start(arguments, format);
    vsyslog(priority, format, arguments);
    va_end(arguments);
}

EXPORTED void __vsyslog_chk(int priority, int flag, const char *format,
                            va_list arguments) {
    (void)flag;
    vsyslog(priority, format, arguments);
}

EXPORTED time_t time(time_t *out) {
    struct timespec now = {.tv_sec = capture_time};

    if (capture_time == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        now.tv_sec += capture_clock_offset;
    }
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}

/* As on a kernel without audit: libpam then goes on without. */
EXPORTED int audit_open(void) {
    errno = EPROTONOSUPPORT;
    return -1;
}
