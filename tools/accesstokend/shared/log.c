/*
 * log.c - the daemon's log.  Each line is one write().  Text from outside is
 * changed so that it cannot look like another line or another field, and shows
 * no bearer token.
 */
#include <config.h>

#include "tools/accesstokend/shared/log.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "tools/common/monotonic.h"

static bool to_journal;

void log_begin(void) {
    const char *stream = getenv("JOURNAL_STREAM");
    uintmax_t device, inode;
    struct stat status;

    to_journal = stream != NULL &&
                 sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
                 fstat(STDERR_FILENO, &status) == 0 &&
                 status.st_dev == device && status.st_ino == inode;
    openlog("accesstokend", LOG_PID, LOG_AUTHPRIV);
}

void log_line(int priority, const char *format, ...) {
    char text[1024], line[1024];
    size_t used;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (to_journal)
        snprintf(line, sizeof(line), "<%d>", priority);
    else
        snprintf(line, sizeof(line), "accesstokend: ");
    used = strlen(line);
    used += tokenstore_escape(tokenstore_mask(text), line + used,
                              sizeof(line) - used - 1);
    line[used++] = '\n';
    while (write(STDERR_FILENO, line, used) < 0 && errno == EINTR)
        continue;
}

void log_change(const char *line) {
    syslog(LOG_AUTHPRIV | LOG_NOTICE, "%s", line);
}

bool log_failed(const char *what, const char *action) {
    log_line(LOG_ERR, "%s: cannot %s: %s", what, action, strerror(errno));
    return false;
}

/* ------------------------------------------------------------------- floods
 * One connection can cause a hundred thousand lines a second.
 */

#define LINES_A_SECOND 100
#define SHARES 256 /* users with the same number here have one share */

enum { QUESTION, REFUSED, FAILED, CLASSES };

static const char *const classes[CLASSES] = {"question", "refused", "failed"};

static struct share {
    int64_t full; /* when the whole share is available again, in ns */
    uint64_t suppressed;
    int64_t user; /* the last one whose line was */
} shares[SHARES + 1][CLASSES];

static pthread_mutex_t share_mutex = PTHREAD_MUTEX_INITIALIZER;

/* Returns false if the line is one too many. */
static bool take_share(int64_t user, unsigned int status) {
    const int64_t interval = MONOTONIC_SECOND / LINES_A_SECOND;
    const int64_t now = monotonic_now();
    struct share *share = &shares[user == LOG_REMOTE ? SHARES : user % SHARES]
                                 [status >= 500   ? FAILED
                                  : status >= 400 ? REFUSED
                                                  : QUESTION];
    bool good;

    pthread_mutex_lock(&share_mutex);
    if (share->full < now)
        share->full = now;
    good = share->full - now <= MONOTONIC_SECOND - interval;
    if (good)
        share->full += interval;
    else {
        share->suppressed++;
        share->user = user;
    }
    pthread_mutex_unlock(&share_mutex);
    return good;
}

void log_suppressed(void) {
    for (size_t i = 0; i <= SHARES; i++)
        for (size_t kind = 0; kind < CLASSES; kind++) {
            struct share *share = &shares[i][kind];
            uint64_t count;
            int64_t user;

            pthread_mutex_lock(&share_mutex);
            count = share->suppressed;
            user = share->user;
            share->suppressed = 0;
            pthread_mutex_unlock(&share_mutex);
            if (count == 0)
                continue;
            if (user == LOG_REMOTE)
                log_line(LOG_WARNING,
                         "suppressed=%" PRIu64 " class=%s over TCP", count,
                         classes[kind]);
            else
                log_line(LOG_WARNING,
                         "suppressed=%" PRIu64 " class=%s peer=uid:%" PRId64,
                         count, classes[kind], user);
        }
}

/* ----------------------------------------------------------------- requests
 */

static bool is_method(const char *text) {
    const size_t length = strlen(text);

    return length > 0 && length <= 16 &&
           text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_")] == '\0';
}

void log_request(const struct request *request, const struct answer *answer,
                 int64_t microseconds, bool all, int64_t user) {
    const bool reads = answer->route == ROUTE_VERIFY ||
                       answer->route == ROUTE_INTROSPECT ||
                       request_only_reads(request);
    char token[32] = "", new_token[32] = "", why[sizeof(answer->why)];

    if (!all && reads && answer->status == 200 && answer->why[0] == '\0')
        return;
    if (answer->audit == NULL && !take_share(user, answer->status))
        return;
    if (answer->id != 0)
        snprintf(token, sizeof(token), " token=%" PRIu64, answer->id);
    if (answer->new_id != 0)
        snprintf(new_token, sizeof(new_token), " new=%" PRIu64,
                 answer->new_id);
    memcpy(why, answer->why, sizeof(why));
    for (char *quote = why; *quote != '\0'; quote++)
        if (*quote == '"')
            *quote = '\'';
    log_line(answer->status >= 500   ? LOG_ERR
             : answer->status >= 400 ? LOG_NOTICE
                                     : LOG_INFO,
             "%s method=%s route=%s status=%u caller=%s%s%s us=%" PRId64
             "%s%s%s%s%s",
             request_listener_name(request->listener),
             is_method(request->method) ? request->method : "?",
             route_name(answer->route), answer->status, answer->caller, token,
             new_token, microseconds, request->address != NULL ? " from=" : "",
             request->address != NULL ? request->address : "",
             why[0] != '\0' ? " why=\"" : "", why, why[0] != '\0' ? "\"" : "");
}
