/*
 * log.h - the daemon's log: lines on standard error, which systemd hands to
 * the journal.  Never a token.
 */
#ifndef TOOLS_ACCESSTOKEND_SHARED_LOG_H
#define TOOLS_ACCESSTOKEND_SHARED_LOG_H

#include "tools/accesstokend/request/answer.h"
#include "tools/accesstokend/request/request.h"

/* Finds out whether the journal reads standard error.  Call it once, before
 * the first line. */
void log_begin(void);

/* Writes a line; the priority is one of syslog's (LOG_ERR).  The text goes
 * through tokenstore_escape(). */
void log_line(int priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes "WHAT: cannot ACTION: " and the text of errno; returns false. */
bool log_failed(const char *what, const char *action);

/* Sends the line about a change to syslog, facility authpriv. */
void log_change(const char *line);

/*
 * Writes a line about a request and its answer if the request failed or could
 * change something, or, if all is true, in any case.  user is the uid at the
 * other end of a Unix socket, or LOG_REMOTE: each has a share of 100 lines a
 * second, except for changes that were made.
 */
void log_request(const struct request *request, const struct answer *answer,
                 int64_t microseconds, bool all, int64_t user);

#define LOG_REMOTE ((int64_t)-1)

/* Writes how many lines were left out; to be called every few seconds, and at
 * the end. */
void log_suppressed(void);

#endif
