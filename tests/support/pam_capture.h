/*
 * pam_capture.h - stand-ins for what a module calls outside of itself.
 */
#ifndef TESTS_SUPPORT_PAM_CAPTURE_H
#define TESTS_SUPPORT_PAM_CAPTURE_H

#include <time.h>

/* Called with each line that anything in this process logs; NULL drops it. */
extern void (*capture_log)(int priority, const char *line);

/* What getpwnam_r returns instead of asking; 0 asks. */
extern int capture_nss_error;

/* Seconds that time() is ahead of the clock. */
extern long capture_clock_offset;

/* What time() says; 0: what the clock does. */
extern time_t capture_time;

#endif
