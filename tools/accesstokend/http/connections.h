/*
 * connections.h - the open connections of one listening socket: who is at the
 * other end, what each is doing, and which have to go.  See connection.c.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_CONNECTIONS_H
#define TOOLS_ACCESSTOKEND_HTTP_CONNECTIONS_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "tools/accesstokend/request/request.h"

/* What a connection is doing. */
enum phase {
    PHASE_IDLE,
    PHASE_RECEIVING, /* the request line is there, the rest is not */
    PHASE_ANSWERING, /* all of it is there */
    PHASES
};

struct server;

struct connection {
    struct connection *next, **to_here;
    struct server *server; /* whose it is */
    int fd;
    bool has_uid;
    uint32_t uid;     /* for counting: of a peer on a Unix socket */
    struct peer peer; /* on the api socket */
    char address[INET6_ADDRSTRLEN];
    bool closing; /* it was told to go */
    /* The phase, and since when, in one: since * PHASES + phase. */
    atomic_int_fast64_t state;
};

struct connections {
    enum listener listener;
    gid_t administrators; /* (gid_t)-1: nobody */
    size_t most;          /* that may be open */
    pthread_mutex_t mutex;
    struct connection *first;
    size_t count;
};

void connections_begin(struct connections *connections);
void connections_end(struct connections *connections);

/* A connection was opened; address: of the peer, or NULL.  NULL where there is
 * no memory. */
struct connection *connections_open(struct connections *connections, int fd,
                                    const struct sockaddr *address);
void connections_close(struct connections *connections,
                       struct connection *connection);

void connections_set_phase(struct connection *connection, enum phase phase);

/* Has this connection's user too many requests that are being answered, this
 * one included? */
bool connections_ask_too_much(struct connections *connections,
                              const struct connection *connection);

/* Are there any? */
bool connections_are_open(struct connections *connections);

/* Is any of them at a request? */
bool connections_are_busy(struct connections *connections);

/* Close those that take too long to ask. */
void connections_reap(struct connections *connections);

#endif
