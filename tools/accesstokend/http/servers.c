/*
 * servers.c - start, reload and stop the servers of all sockets.  A server
 * cannot change its certificate, so a reload starts a second one on the same
 * socket, and the first one leaves when its connections have ended.
 */
#include <config.h>

#include "tools/accesstokend/http/servers.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syslog.h>
#include <time.h>
#include <unistd.h>

#include "tools/accesstokend/shared/log.h"
#include "tools/common/monotonic.h"

/* Each takes up to 136 KiB, see server.c. */
#define CONNECTIONS_MAX 2048
#define DRAIN_SECONDS 10
#define DRAIN_ROUNDS_A_SECOND 50

/* A server that uses the last certificate, until its clients have gone. */
struct leaving {
    struct leaving *next;
    struct server *server;
    int socket;
    int64_t end; /* the second in which it is stopped in any case */
};

/* ------------------------------------------------------------------- start
 */

/* The most connections of one socket.  Half of the descriptors are for the
 * store. */
static size_t most_connections(size_t sockets) {
    struct rlimit limit;
    size_t most = CONNECTIONS_MAX;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_cur / 2 / sockets < most)
        most = limit.rlim_cur / 2 / sockets;
    return most;
}

static struct server *start(const struct servers *servers,
                            const struct listening *listening,
                            const struct certificate *certificate) {
    const struct server_options options = {
        .listener = listening->listener,
        .socket = listening->socket,
        .threads = listening->listener == LISTENER_API
                       ? 1
                       : servers->options->threads,
        .connections = most_connections(servers->count),
        .certificate = listening->tls ? certificate->chain : NULL,
        .key = listening->tls ? certificate->key : NULL,
        .administrators = servers->administrators,
        .log_requests = servers->options->log_requests,
    };

    return server_start(servers->shared, &options);
}

static bool read_certificate(const struct options *options,
                             struct certificate *certificate) {
    return options->certificate == NULL ||
           certificate_read(options->certificate, options->key, certificate);
}

bool servers_read_certificate(struct servers *servers) {
    return read_certificate(servers->options, &servers->certificate);
}

bool servers_start(struct servers *servers) {
    for (size_t i = 0; i < servers->count; i++) {
        servers->servers[i] =
            start(servers, &servers->sockets[i], &servers->certificate);
        if (servers->servers[i] == NULL)
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------- reload
 */

/* Serves one socket with another certificate.  Returns false if that fails;
 * it is then served as before. */
static bool replace(struct servers *servers, size_t i,
                    const struct certificate *certificate) {
    struct leaving *leaving = calloc(1, sizeof(*leaving));
    struct listening next = servers->sockets[i];
    struct server *server = NULL;

    /* libmicrohttpd may close the socket if it fails. */
    next.socket = fcntl(next.socket, F_DUPFD_CLOEXEC, 0);
    if (leaving != NULL && next.socket >= 0)
        server = start(servers, &next, certificate);
    if (server == NULL) {
        free(leaving);
        return false;
    }
    leaving->server = servers->servers[i];
    leaving->socket = servers->sockets[i].socket;
    leaving->end = monotonic_seconds() + DRAIN_SECONDS;
    leaving->next = servers->leaving;
    servers->leaving = leaving;
    server_quiesce(leaving->server);
    servers->servers[i] = server;
    servers->sockets[i] = next;
    return true;
}

void servers_reload_certificate(struct servers *servers) {
    struct certificate next = {NULL, NULL}, before = servers->certificate;
    bool good = read_certificate(servers->options, &next);

    if (next.chain != NULL && !certificate_equal(&next, &before)) {
        for (size_t i = 0; good && i < servers->count; i++)
            good = !servers->sockets[i].tls || replace(servers, i, &next);
        if (good) {
            servers->certificate = next;
            next = before;
        }
    }
    if (!good)
        log_line(LOG_ERR, "HTTPS keeps the certificate that it had before");
    certificate_free(&next);
}

/* Stops the servers that have left, or all that are leaving. */
static void end_leaving(struct servers *servers, bool all) {
    struct leaving **at = &servers->leaving, *leaving;

    while ((leaving = *at) != NULL) {
        if (!all && server_has_connections(leaving->server) &&
            monotonic_seconds() < leaving->end) {
            at = &leaving->next;
            continue;
        }
        server_stop(&leaving->server);
        close(leaving->socket);
        *at = leaving->next;
        free(leaving);
    }
}

void servers_tick(struct servers *servers) {
    for (size_t i = 0; i < servers->count; i++)
        server_reap(servers->servers[i]);
    end_leaving(servers, false);
}

/* --------------------------------------------------------------------- stop
 */

static bool is_busy(const struct servers *servers) {
    for (size_t i = 0; i < servers->count; i++)
        if (servers->servers[i] != NULL && server_is_busy(servers->servers[i]))
            return true;
    for (const struct leaving *leaving = servers->leaving; leaving != NULL;
         leaving = leaving->next)
        if (server_is_busy(leaving->server))
            return true;
    return false;
}

void servers_stop(struct servers *servers) {
    const struct timespec pause = {
        .tv_nsec = MONOTONIC_SECOND / DRAIN_ROUNDS_A_SECOND,
    };
    int rounds = DRAIN_SECONDS * DRAIN_ROUNDS_A_SECOND;

    for (size_t i = 0; i < servers->count; i++)
        if (servers->servers[i] != NULL)
            server_quiesce(servers->servers[i]);
    listen_end(servers->sockets, servers->count);
    while (is_busy(servers) && rounds-- > 0)
        nanosleep(&pause, NULL);
    for (size_t i = 0; i < servers->count; i++)
        server_stop(&servers->servers[i]);
    end_leaving(servers, true);
    certificate_free(&servers->certificate);
}
