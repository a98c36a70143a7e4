/*
 * log.h - the daemon's log: lines on standard error, which is where systemd
 * takes them from.  Never a token.
 */
#ifndef TOOLS_ACCESSTOKEND_SHARED_LOG_H
#define TOOLS_ACCESSTOKEND_SHARED_LOG_H

#include "tools/accesstokend/request/answer.h"
#include "tools/accesstokend/request/request.h"

/* Once, first of all: are these lines read by journald? */
void log_begin(void);

/* A line; the priority is syslog's. */
void log_line(int priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A request and what came of it.  Written where it failed or could change
 * something, and for every one where "all" is set. */
void log_request(const struct request *request, const struct answer *answer,
                 int64_t microseconds, bool all);

#endif
