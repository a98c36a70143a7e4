/*
 * server.c - start and stop HTTP on one listening socket.  libmicrohttpd reads
 * requests and writes answers, and calls exchange.c in between.
 */
#include <config.h>

#include "tools/accesstokend/http/server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syslog.h>

#include "tools/accesstokend/http/exchange.h"
#include "tools/accesstokend/http/head.h"
#include "tools/accesstokend/shared/log.h"

/* Like nginx; server_reap() is stricter. */
#define TIMEOUT_SECONDS 75
/* For the largest head, the 64 bytes that libmicrohttpd needs for each header,
 * and the head of the answer: 136 KiB. */
#define CONNECTION_MEMORY (HEAD_MAX + HEADERS_MAX * 64 + 9728)

struct server {
    struct MHD_Daemon *mhd;
    char *certificate, *key; /* libmicrohttpd uses them as long as it runs */
    struct endpoint endpoint;
};

/* Only ciphers that also authenticate (no CBC), and only keys of which a later
 * theft does not open what was recorded (no static RSA). */
#define PRIORITIES                                                            \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"                              \
    ":-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA"                                        \
    ":-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM"               \
    ":-MAC-ALL:+AEAD"

/* Drops libmicrohttpd's own messages: they might quote a request. */
static void ignore_message(void *argument, const char *format, va_list list) {
    (void)argument;
    (void)format;
    (void)list;
}

/* libmicrohttpd 1.0 would redirect, repair or join lines that other programs
 * read differently; this makes it refuse them.  Before 1.0 it leaves them to
 * head.c, and this level would refuse them without an answer. */
static int strictness(void) {
    return strncmp(MHD_get_version(), "0.", 2) == 0 ? 0 : 1;
}

static bool start_mhd(struct server *server,
                      const struct server_options *options) {
    struct endpoint *endpoint = &server->endpoint;
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD |
                         MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, server->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, server->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)PRIORITIES},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem threads[] = {
        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)options->threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };

    if (server->certificate != NULL)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    if (options->threads < 2)
        threads[0].option = MHD_OPTION_END;
    server->mhd = MHD_start_daemon(
        flags, 0, NULL, NULL, exchange_handle, endpoint,
        MHD_OPTION_EXTERNAL_LOGGER, ignore_message, NULL,
        MHD_OPTION_LISTEN_SOCKET, options->socket, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned int)options->connections, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned int)TIMEOUT_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin,
        endpoint, MHD_OPTION_NOTIFY_COMPLETED, exchange_end, endpoint,
        MHD_OPTION_NOTIFY_CONNECTION, exchange_notify_connection, endpoint,
        MHD_OPTION_STRICT_FOR_CLIENT, strictness(), MHD_OPTION_ARRAY, tls,
        MHD_OPTION_ARRAY, threads, MHD_OPTION_END);
    return server->mhd != NULL;
}

static bool copy_certificate(struct server *server,
                             const struct server_options *options) {
    if (options->certificate == NULL)
        return true;
    server->certificate = strdup(options->certificate);
    server->key = strdup(options->key);
    return server->certificate != NULL && server->key != NULL;
}

static void begin_endpoint(struct endpoint *endpoint, struct shared *shared,
                           const struct server_options *options) {
    endpoint->shared = shared;
    endpoint->wire =
        options->certificate != NULL ? MHD_OVERRIDE_TLS : MHD_OVERRIDE_CLEAR;
    endpoint->log_requests = options->log_requests;
    endpoint->encrypted = options->certificate != NULL;
    endpoint->connections.listener = options->listener;
    endpoint->connections.administrators = options->administrators;
    endpoint->connections.most = options->connections;
    connections_begin(&endpoint->connections);
    workers_begin(&endpoint->workers);
}

/* After libmicrohttpd has stopped, or if it has not started. */
static void free_server(struct server *server) {
    workers_end(&server->endpoint.workers);
    connections_end(&server->endpoint.connections);
    if (server->key != NULL)
        tokenstore_wipe(server->key, strlen(server->key));
    free(server->key);
    free(server->certificate);
    free(server);
}

struct server *server_start(struct shared *shared,
                            const struct server_options *options) {
    struct server *server = calloc(1, sizeof(*server));

    if (server != NULL) {
        begin_endpoint(&server->endpoint, shared, options);
        if (copy_certificate(server, options) && start_mhd(server, options))
            return server;
        free_server(server);
    }
    log_line(
        LOG_ERR,
        options->certificate != NULL
            ? "cannot serve HTTPS: check that certificate and key are PEM "
              "and belong together"
            : "cannot serve HTTP: out of memory or threads");
    return NULL;
}

void server_quiesce(struct server *server) {
    atomic_store(&server->endpoint.leaving, true);
    (void)MHD_quiesce_daemon(server->mhd);
}

bool server_has_connections(struct server *server) {
    return connections_are_open(&server->endpoint.connections);
}

bool server_is_busy(struct server *server) {
    return connections_are_busy(&server->endpoint.connections);
}

void server_reap(struct server *server) {
    connections_reap(&server->endpoint.connections);
}

void server_stop(struct server **stopped) {
    struct server *server = *stopped;

    *stopped = NULL;
    if (server == NULL)
        return;
    /* libmicrohttpd aborts if it is stopped while a connection is suspended.
     */
    workers_stop(&server->endpoint.workers);
    MHD_stop_daemon(server->mhd);
    free_server(server);
}
