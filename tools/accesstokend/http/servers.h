/*
 * servers.h - all servers of the daemon, one for each listening socket, and
 * the exchange of their certificate.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_SERVERS_H
#define TOOLS_ACCESSTOKEND_HTTP_SERVERS_H

#include "tools/accesstokend/http/certificate.h"
#include "tools/accesstokend/http/listen.h"
#include "tools/accesstokend/http/server.h"
#include "tools/accesstokend/options.h"
#include "tools/accesstokend/shared/shared.h"

struct leaving;

/* Zero-initialise, and set the first five. */
struct servers {
    struct shared *shared;
    const struct options *options;
    gid_t administrators; /* the group; (gid_t)-1: none */
    struct listening sockets[LISTEN_ALL_MAX];
    size_t count;
    struct certificate certificate; /* in use */
    struct server *servers[LISTEN_ALL_MAX];
    struct leaving *leaving; /* servers that still use the last certificate */
};

/* Reads the certificate, if the options name one.  Returns false after logging
 * why; call it before the change of user, to whom the key may not belong. */
bool servers_read_certificate(struct servers *servers);

/* Starts a server for every socket.  Returns false after logging why. */
bool servers_start(struct servers *servers);

/* Reads the certificate again.  New connections get the new one; open ones
 * end in their own time.  If it is not good, logs why and keeps the old. */
void servers_reload_certificate(struct servers *servers);

/* Closes what is over time; to be called every few seconds. */
void servers_tick(struct servers *servers);

/* Accepts no more connections, answers the requests that have arrived, stops
 * all servers, and frees all but the options. */
void servers_stop(struct servers *servers);

#endif
