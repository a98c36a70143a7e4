/*
 * connections.h - the open connections of one listening socket: the peer of
 * each, what each is doing, and which have to be closed.
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
    PHASE_RECEIVING, /* the request line is here, the rest is not */
    PHASE_ANSWERING, /* the whole request is here */
    PHASE_SENDING,   /* the answer is ready */
    PHASES
};

struct endpoint;

struct connection {
    struct connection *next, **to_here;
    struct endpoint *endpoint; /* that it belongs to; set by its opener */
    int fd;
    bool has_uid;
    uint32_t uid;     /* of a peer on any Unix socket, to count by */
    struct peer peer; /* known on the api socket only */
    char address[INET6_ADDRSTRLEN]; /* of the peer over TCP; "": none */
    bool closing;                   /* it was shut down */
    size_t unsent;                  /* bytes of its answer, if that is large */
    /* The phase and the second in which it began: since * PHASES + phase. */
    atomic_int_fast64_t state;
};

/* Zero-initialise, set the first three, and call connections_begin(). */
struct connections {
    enum listener listener;
    gid_t administrators; /* the group; (gid_t)-1: none */
    size_t most;          /* that may be open */
    pthread_mutex_t mutex;
    struct connection *first; /* the latest */
    size_t count;
};

void connections_begin(struct connections *connections);
/* After all connections have been closed. */
void connections_end(struct connections *connections);

/*
 * Adds a connection, whose peer's address may be NULL.  If its user has too
 * many, shuts it down; if places get short, shuts down the one that has waited
 * longest.  Returns NULL without memory.
 */
struct connection *connections_open(struct connections *connections, int fd,
                                    const struct sockaddr *address);

/* Removes a connection and frees it; NULL is safe. */
void connections_close(struct connections *connections,
                       struct connection *connection);

/* The connection enters a phase now; NULL is safe. */
void connections_set_phase(struct connection *connection, enum phase phase);

/* Are more requests of this connection's user being answered than one user may
 * have, this one included?  NULL and root never ask too much. */
bool connections_ask_too_much(struct connections *connections,
                              const struct connection *connection);

/*
 * May an answer of this size wait for being sent?  All users together may have
 * 64 MiB of answers that they have not read, and each of them 16 MiB.  Small
 * answers always may.  Call connections_sent() afterwards.
 */
bool connections_may_send(struct connections *connections,
                          struct connection *connection, size_t size);

/* The answer has been sent or given up; NULL is safe. */
void connections_sent(struct connections *connections,
                      struct connection *connection);

/* Is there any connection? */
bool connections_are_open(struct connections *connections);

/* Is any connection not idle? */
bool connections_are_busy(struct connections *connections);

/* Shuts down connections that take too long to send a request or to read its
 * answer. */
void connections_reap(struct connections *connections);

#endif
