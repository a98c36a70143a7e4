/*
 * probe.c - does a daemon answer behind a socket?  See probe.h.
 * Presents nothing, believes nothing but the answer's first line, and never
 * waits longer than it says.
 */
#include <config.h>

#include "tools/accesstoken/probe.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MILLISECONDS 2000

static const struct {
    const char *name;
    const char *text;
} words[] = {
    [PROBE_OK] = {"ok", "answers"},
    [PROBE_ABSENT] = {"absent", "not there"},
    [PROBE_REFUSED] = {"refused", "nobody listens"},
    [PROBE_DENIED] = {"denied", "permission denied"},
    [PROBE_SILENT] = {"silent", "no answer within 2 seconds"},
    [PROBE_UNWELL] = {"unwell",
                      "answers that it cannot work now; see its log"},
    [PROBE_NOT_HTTP] = {"not-http",
                        "something else than accesstokend answers"},
    [PROBE_FAILED] = {"failed", "could not be asked"},
};

const char *probe_name(enum probe probe) { return words[probe].name; }

const char *probe_text(enum probe probe) { return words[probe].text; }

static int64_t milliseconds_now(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Until there is something to read; false when it takes too long. */
static bool wait_for(int fd, int64_t deadline) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int64_t left;
    int count;

    do {
        left = deadline - milliseconds_now();
        if (left <= 0)
            return false;
        count = poll(&ready, 1, (int)left);
    } while (count == 0 || (count < 0 && errno == EINTR));
    return true;
}

/* The answer's first line, "HTTP/1.1 200", or as much as comes of it. */
static enum probe read_status(int fd, int64_t deadline) {
    static const char begin[] = "HTTP/1.1 ";
    char text[sizeof(begin) + 3] = "";
    size_t length = 0;

    while (length < sizeof(text) - 1) {
        ssize_t count;

        if (!wait_for(fd, deadline))
            return PROBE_SILENT;
        count = read(fd, text + length, sizeof(text) - 1 - length);
        if (count < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (count <= 0)
            return PROBE_NOT_HTTP;
        length += (size_t)count;
    }
    if (strncmp(text, begin, strlen(begin)) != 0)
        return PROBE_NOT_HTTP;
    return text[strlen(begin)] == '5' ? PROBE_UNWELL : PROBE_OK;
}

static enum probe of_errno(int error) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return PROBE_ABSENT;
    case ECONNREFUSED:
    case ENOTSOCK:
        return PROBE_REFUSED;
    case EACCES:
    case EPERM:
        return PROBE_DENIED;
    case EAGAIN: /* nobody takes connections out of a full queue */
        return PROBE_SILENT;
    case EPIPE:
    case ECONNRESET:
        return PROBE_NOT_HTTP;
    default:
        return PROBE_FAILED;
    }
}

enum probe probe_socket(const char *path, const char *question) {
    char request[128];
    const int64_t deadline = milliseconds_now() + PATIENCE_MILLISECONDS;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    enum probe probe;
    int fd;

    if (strlen(path) >= sizeof(address.sun_path))
        return PROBE_FAILED;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return PROBE_FAILED;
    snprintf(request, sizeof(request),
             "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
             question);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
        probe = of_errno(errno);
    else
        probe = read_status(fd, deadline);
    close(fd);
    return probe;
}
