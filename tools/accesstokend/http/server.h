/*
 * server.h - the wire: HTTP connections on one listening socket, by
 * libmicrohttpd.  See http.c.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_SERVER_H
#define TOOLS_ACCESSTOKEND_HTTP_SERVER_H

#include <sys/types.h>

#include "tools/accesstokend/request/request.h"
#include "tools/accesstokend/shared/shared.h"

struct server_options {
    enum listener listener;
    int socket;              /* listening, and open until server_stop */
    unsigned int threads;    /* that answer what is quick */
    size_t connections;      /* that may be open */
    const char *certificate; /* PEM text: HTTPS; NULL: HTTP */
    const char *key;
    gid_t administrators; /* (gid_t)-1: nobody */
    bool log_requests;
};

struct server;

/* Serve requests from now on; NULL, and it is logged, where that fails. */
struct server *server_start(struct shared *shared,
                            const struct server_options *options);

/* No new connections, and one more answer at most on each that there is.  To
 * be called before server_stop, which leaves the socket alone then. */
void server_quiesce(struct server *server);

bool server_has_connections(struct server *server);

/* Is a request being answered? */
bool server_is_busy(struct server *server);

/* Close connections that take too long to ask; to be called now and then. */
void server_reap(struct server *server);

/* Close what is open.  Waits for changes in progress. */
void server_stop(struct server **server);

#endif
