/*
 * log.c - the daemon's log.  Each line is one write().  Text from outside is
 * changed so that it cannot look like another line or another field.
 */
#include <config.h>

#include "tools/accesstokend/shared/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

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
    used += tokenstore_escape(text, line + used, sizeof(line) - used - 1);
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

static bool is_method(const char *text) {
    const size_t length = strlen(text);

    return length > 0 && length <= 16 &&
           text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_")] == '\0';
}

void log_request(const struct request *request, const struct answer *answer,
                 int64_t microseconds, bool all) {
    const bool reads = answer->route == ROUTE_VERIFY ||
                       answer->route == ROUTE_INTROSPECT ||
                       request_only_reads(request);
    char token[32] = "", new_token[32] = "", why[sizeof(answer->why)];

    if (!all && reads && answer->status == 200 && answer->why[0] == '\0')
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
