/*
 * pam_capture.h - stand-ins for functions that libpam and the module call.
 */
#ifndef TESTS_SUPPORT_PAM_CAPTURE_H
#define TESTS_SUPPORT_PAM_CAPTURE_H

#include <time.h>

/* Is called with each line that this process logs; NULL: the line is lost. */
extern void (*capture_log)(int priority, const char *line);

/* time() is so many seconds ahead of the clock. */
extern long capture_clock_offset;

/* time() returns this; 0: what the clock says. */
extern time_t capture_time;

#endif
