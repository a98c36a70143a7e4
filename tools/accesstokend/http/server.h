/*
 * server.h - the wire: HTTP connections on one listening socket, by
 * libmicrohttpd.  See http.c.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_SERVER_H
#define TOOLS_ACCESSTOKEND_HTTP_SERVER_H

#include <sys/types.h>

#include "tools/accesstokend/request/request.h"
#include "tools/accesstokend/shared/shared.h"

struct http_options {
    enum listener listener;
    int socket;              /* listening, and open until http_stop */
    unsigned int threads;    /* that answer what is quick */
    size_t connections;      /* that may be open */
    const char *certificate; /* PEM text: HTTPS; NULL: HTTP */
    const char *key;
    gid_t administrators; /* (gid_t)-1: nobody */
    bool log_requests;
};

struct http;

/* Serve requests from now on; NULL, and it is logged, where that fails. */
struct http *http_start(struct service *service,
                        const struct http_options *options);

/* No new connections, and one more answer at most on each that there is.  To
 * be called before http_stop, which leaves the socket alone then. */
void http_quiesce(struct http *http);

bool http_has_connections(struct http *http);

/* Is a request being answered? */
bool http_is_busy(struct http *http);

/* Close connections that take too long to ask; to be called now and then. */
void http_reap(struct http *http);

/* Close what is open.  Waits for changes in progress. */
void http_stop(struct http **http);

#endif
