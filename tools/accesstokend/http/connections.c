/*
 * connections.c - the open connections of one listening socket.  No user takes
 * all places on a Unix socket, and nobody keeps others out by holding on to a
 * place: the connection that has waited longest makes room.  Must never shut
 * down a connection whose request is being answered.
 */
#include <config.h>

#include "tools/accesstokend/http/connections.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/common/monotonic.h"

/* Like nginx: seconds between requests, and for a request to arrive. */
#define IDLE_SECONDS 75
#define REQUEST_SECONDS 10

/* Seconds in which a client has to read an answer, which has no more than
 * about a megabyte. */
#define SEND_SECONDS 60

/* Bytes of answers that wait to be read. */
#define UNSENT_SMALL ((size_t)16 << 10)
#define UNSENT_OF_ALL ((size_t)64 << 20)
#define UNSENT_OF_A_USER ((size_t)16 << 20)

/* The most of one user on the api socket, so that no user can fill it. */
#define API_CONNECTIONS_OF_A_USER 256
#define API_REQUESTS_OF_A_USER 128

/* The most groups that Linux gives a process. */
#define GROUPS_SIZE (65536 * sizeof(gid_t))

void connections_begin(struct connections *connections) {
    pthread_mutex_init(&connections->mutex, NULL);
}

void connections_end(struct connections *connections) {
    pthread_mutex_destroy(&connections->mutex);
}

/* -------------------------------------------------------------------- phase
 */

void connections_set_phase(struct connection *connection, enum phase phase) {
    if (connection != NULL)
        atomic_store_explicit(&connection->state,
                              monotonic_seconds() * PHASES + phase,
                              memory_order_relaxed);
}

/* Of all sockets together. */
static atomic_size_t unsent_of_all;

static enum phase get_phase(const struct connection *connection,
                            int64_t *since) {
    const int64_t state =
        atomic_load_explicit(&connection->state, memory_order_relaxed);

    *since = state / PHASES;
    return (enum phase)(state % PHASES);
}

/* --------------------------------------------------------------------- peer
 */

static bool is_member(int fd, gid_t primary, gid_t group) {
    gid_t *groups = malloc(GROUPS_SIZE);
    socklen_t size = GROUPS_SIZE;
    bool found = group != (gid_t)-1 && primary == group;

    /* With more groups than there is room for, this fails: not a member. */
    if (groups != NULL && group != (gid_t)-1 &&
        getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0)
        for (size_t i = 0; i < size / sizeof(*groups); i++)
            found = found || groups[i] == group;
    free(groups);
    return found;
}

static void find_peer(const struct connections *connections,
                      struct connection *connection) {
    struct ucred credentials;
    socklen_t size = sizeof(credentials);

    if (getsockopt(connection->fd, SOL_SOCKET, SO_PEERCRED, &credentials,
                   &size) != 0)
        return;
    connection->has_uid = true;
    connection->uid = credentials.uid;
    /* On other sockets the peer has no rights. */
    if (connections->listener != LISTENER_API)
        return;
    connection->peer.known = true;
    connection->peer.uid = credentials.uid;
    connection->peer.administers = is_member(connection->fd, credentials.gid,
                                             connections->administrators);
}

static void find_address(const struct sockaddr *address,
                         struct connection *connection) {
    const void *bytes = NULL;

    if (address == NULL)
        return;
    if (address->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    else if (address->sa_family == AF_INET6)
        bytes =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (bytes != NULL)
        (void)!inet_ntop(address->sa_family, bytes, connection->address,
                         sizeof(connection->address));
}

/* ------------------------------------------------------------------- places
 * The callers of these functions hold the mutex.
 */

static void shut_down(struct connection *connection) {
    connection->closing = true;
    shutdown(connection->fd, SHUT_RDWR);
}

/* Does the user of this connection have too many others? */
static bool is_too_many(const struct connections *connections,
                        const struct connection *connection) {
    size_t count = 0, most = connections->most / 2;

    if (!connection->has_uid || connection->uid == 0)
        return false;
    if (connections->listener == LISTENER_API &&
        most > API_CONNECTIONS_OF_A_USER)
        most = API_CONNECTIONS_OF_A_USER;
    for (const struct connection *other = connections->first; other != NULL;
         other = other->next)
        count += other->has_uid && other->uid == connection->uid;
    return count >= most;
}

/* Keeps one place in eight free for the next connections. */
static void make_room(const struct connections *connections) {
    struct connection *oldest = NULL;
    int64_t since, oldest_since = INT64_MAX;

    if (connections->count < connections->most - connections->most / 8)
        return;
    /* The list begins with the latest connection. */
    for (struct connection *connection = connections->first;
         connection != NULL; connection = connection->next)
        if (!connection->closing &&
            get_phase(connection, &since) < PHASE_ANSWERING &&
            since <= oldest_since) {
            oldest = connection;
            oldest_since = since;
        }
    if (oldest != NULL)
        shut_down(oldest);
}

/* -------------------------------------------------------------- connections
 */

struct connection *connections_open(struct connections *connections, int fd,
                                    const struct sockaddr *address) {
    struct connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL)
        return NULL;
    connection->fd = fd;
    connections_set_phase(connection, PHASE_IDLE);
    if (connections->listener == LISTENER_TCP)
        find_address(address, connection);
    else
        find_peer(connections, connection);
    pthread_mutex_lock(&connections->mutex);
    if (is_too_many(connections, connection))
        shut_down(connection);
    else
        make_room(connections);
    connection->next = connections->first;
    connection->to_here = &connections->first;
    if (connection->next != NULL)
        connection->next->to_here = &connection->next;
    connections->first = connection;
    connections->count++;
    pthread_mutex_unlock(&connections->mutex);
    return connection;
}

void connections_close(struct connections *connections,
                       struct connection *connection) {
    if (connection == NULL)
        return;
    pthread_mutex_lock(&connections->mutex);
    *connection->to_here = connection->next;
    if (connection->next != NULL)
        connection->next->to_here = connection->to_here;
    connections->count--;
    pthread_mutex_unlock(&connections->mutex);
    free(connection);
}

bool connections_ask_too_much(struct connections *connections,
                              const struct connection *connection) {
    size_t count = 0;
    int64_t since;

    if (connection == NULL || !connection->peer.known ||
        connection->peer.uid == 0)
        return false;
    pthread_mutex_lock(&connections->mutex);
    for (const struct connection *other = connections->first; other != NULL;
         other = other->next)
        count += other->peer.known &&
                 other->peer.uid == connection->peer.uid &&
                 get_phase(other, &since) >= PHASE_ANSWERING;
    pthread_mutex_unlock(&connections->mutex);
    return count > API_REQUESTS_OF_A_USER;
}

/* The same uid on a Unix socket, or the same address over TCP? */
static bool is_same_user(const struct connection *one,
                         const struct connection *other) {
    return one->has_uid == other->has_uid && one->uid == other->uid &&
           strcmp(one->address, other->address) == 0;
}

bool connections_may_send(struct connections *connections,
                          struct connection *connection, size_t size) {
    size_t sum = size;
    bool good;

    if (size <= UNSENT_SMALL)
        return true;
    if (connection == NULL)
        return false;
    pthread_mutex_lock(&connections->mutex);
    for (const struct connection *other = connections->first; other != NULL;
         other = other->next)
        if (is_same_user(connection, other))
            sum += other->unsent;
    good = sum <= UNSENT_OF_A_USER;
    if (good &&
        atomic_fetch_add(&unsent_of_all, size) > UNSENT_OF_ALL - size) {
        atomic_fetch_sub(&unsent_of_all, size);
        good = false;
    }
    if (good)
        connection->unsent = size;
    pthread_mutex_unlock(&connections->mutex);
    return good;
}

void connections_sent(struct connections *connections,
                      struct connection *connection) {
    if (connection == NULL)
        return;
    pthread_mutex_lock(&connections->mutex);
    atomic_fetch_sub(&unsent_of_all, connection->unsent);
    connection->unsent = 0;
    pthread_mutex_unlock(&connections->mutex);
}

bool connections_are_open(struct connections *connections) {
    bool open;

    pthread_mutex_lock(&connections->mutex);
    open = connections->first != NULL;
    pthread_mutex_unlock(&connections->mutex);
    return open;
}

bool connections_are_busy(struct connections *connections) {
    bool busy = false;
    int64_t since;

    pthread_mutex_lock(&connections->mutex);
    for (const struct connection *connection = connections->first;
         connection != NULL; connection = connection->next)
        busy = busy || get_phase(connection, &since) != PHASE_IDLE;
    pthread_mutex_unlock(&connections->mutex);
    return busy;
}

void connections_reap(struct connections *connections) {
    /* Seconds by phase; to make an answer may take any time. */
    static const int64_t patience[PHASES] = {
        [PHASE_IDLE] = IDLE_SECONDS,
        [PHASE_RECEIVING] = REQUEST_SECONDS,
        [PHASE_ANSWERING] = INT64_MAX,
        [PHASE_SENDING] = SEND_SECONDS,
    };
    const int64_t now = monotonic_seconds();
    int64_t since;

    pthread_mutex_lock(&connections->mutex);
    for (struct connection *connection = connections->first;
         connection != NULL; connection = connection->next) {
        const enum phase phase = get_phase(connection, &since);

        if (now - since > patience[phase])
            shut_down(connection);
    }
    pthread_mutex_unlock(&connections->mutex);
}
