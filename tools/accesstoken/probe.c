/*
 * probe.c - ask whether a daemon answers at a socket.  Sends no credentials,
 * reads only the first line of the answer, and waits 2 seconds at most.
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
#include <unistd.h>

#include "tools/accesstoken/open_store.h"
#include "tools/common/monotonic.h"

#define PATIENCE (2 * MONOTONIC_SECOND)

const char *const probe_paths[PROBE_SOCKETS] = {API_SOCKET, VERIFY_SOCKET};

static const char *const requests[PROBE_SOCKETS] = {
    "GET /healthz",
    "OPTIONS /v1/auth/introspect",
};

static const struct {
    const char *name;
    const char *text;
} words[] = {
    [PROBE_OK] = {"ok", "answers"},
    [PROBE_ABSENT] = {"absent", "not running (no socket)"},
    [PROBE_REFUSED] = {"refused", "no process listens"},
    [PROBE_DENIED] = {"denied", "permission denied"},
    [PROBE_SILENT] = {"silent", "no answer within 2 seconds"},
    [PROBE_UNWELL] = {"unwell",
                      "reports that it cannot work now; see its log"},
    [PROBE_NOT_HTTP] = {"not-http",
                        "another program than accesstokend answers"},
    [PROBE_FAILED] = {"failed", "could not be queried"},
};

const char *probe_name(enum probe probe) { return words[probe].name; }

const char *probe_text(enum probe probe) { return words[probe].text; }

/* Waits for input.  Returns false after the deadline. */
static bool wait_for(int fd, int64_t deadline) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int64_t left;
    int count;

    do {
        left = (deadline - monotonic_now()) / MONOTONIC_MILLISECOND;
        if (left <= 0)
            return false;
        count = poll(&ready, 1, (int)left);
    } while (count == 0 || (count < 0 && errno == EINTR));
    return true;
}

/* Reads the beginning of the answer, "HTTP/1.1 200". */
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
    case EAGAIN: /* the queue is full, and no process accepts connections */
        return PROBE_SILENT;
    case EPIPE:
    case ECONNRESET:
        return PROBE_NOT_HTTP;
    default:
        return PROBE_FAILED;
    }
}

static enum probe probe_path(const char *path, const char *request) {
    char message[128];
    const int64_t deadline = monotonic_now() + PATIENCE;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    enum probe probe;
    int fd;

    if (strlen(path) >= sizeof(address.sun_path))
        return PROBE_FAILED;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return PROBE_FAILED;
    snprintf(message, sizeof(message),
             "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
             request);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        send(fd, message, strlen(message), MSG_NOSIGNAL) < 0)
        probe = of_errno(errno);
    else
        probe = read_status(fd, deadline);
    close(fd);
    return probe;
}

enum probe probe_socket(size_t socket) {
    return probe_path(probe_paths[socket], requests[socket]);
}
