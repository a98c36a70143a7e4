/*
 * server.h - HTTP on one listening socket, by libmicrohttpd.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_SERVER_H
#define TOOLS_ACCESSTOKEND_HTTP_SERVER_H

#include <sys/types.h>

#include "tools/accesstokend/request/request.h"
#include "tools/accesstokend/shared/shared.h"

struct server_options {
    enum listener listener;
    int socket;              /* listening; open until server_stop() returns */
    unsigned int threads;    /* that verify */
    size_t connections;      /* the most that may be open */
    const char *certificate; /* PEM text: HTTPS; NULL: HTTP */
    const char *key;
    gid_t administrators; /* the group; (gid_t)-1: none */
    bool log_requests;
};

struct server;

/* Starts to serve requests.  The certificate and the key are copied.  Returns
 * NULL if that fails, after logging why. */
struct server *server_start(struct shared *shared,
                            const struct server_options *options);

/* Accepts no more connections, and ends each open one with its next answer.
 * Call it before server_stop(), which otherwise closes the socket. */
void server_quiesce(struct server *server);

/* Is a connection open? */
bool server_has_connections(struct server *server);

/* Is a request being received or answered? */
bool server_is_busy(struct server *server);

/* Closes connections that take too long to send a request; to be called every
 * few seconds. */
void server_reap(struct server *server);

/* Waits for changes in progress, closes all connections, and frees the server;
 * *server may be NULL. */
void server_stop(struct server **server);

#endif
