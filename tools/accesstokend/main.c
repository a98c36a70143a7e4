/*
 * main.c - accesstokend: start, serve until told to stop, stop.  Opens its
 * sockets as whoever started it and then becomes the store's owner; holds no
 * token.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syslog.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "tools/accesstokend/http/certificate.h"
#include "tools/accesstokend/http/listen.h"
#include "tools/accesstokend/http/mhd_override.h"
#include "tools/accesstokend/http/server.h"
#include "tools/accesstokend/shared/group_commit.h"
#include "tools/accesstokend/shared/log.h"
#include "tools/accesstokend/shared/metrics.h"
#include "tools/common/process.h"

#define CONNECTIONS_MAX 4096
#define TICK_SECONDS 2
#define DRAIN_SECONDS 10
#define MICROSECONDS 1000000

/* What goes on with the certificate before, until its clients have gone. */
struct leaving {
    struct leaving *next;
    struct server *server;
    int socket;
    time_t end; /* then they have to */
};

struct daemon {
    struct options options;
    struct shared shared;
    struct listening sockets[LISTENING_MAX];
    size_t count;
    gid_t administrators;
    struct certificate certificate;
    struct server *servers[LISTENING_MAX];
    struct leaving *leaving;
};

/* ------------------------------------------------------------------ process
 */

static void raise_descriptors(void) {
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Of one socket.  Half of the descriptors are for the store. */
static size_t most_connections(size_t sockets) {
    struct rlimit limit;
    size_t most = CONNECTIONS_MAX;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_cur / 2 / sockets < most)
        most = limit.rlim_cur / 2 / sockets;
    return most;
}

/* Whose the store is: the owner of its directory. */
static bool find_owner(const char *store, uid_t *owner) {
    char *directory = strdup(store), *slash;
    struct stat status;
    bool good = false;

    if (directory == NULL)
        return false;
    slash = strrchr(directory, '/');
    if (slash != NULL && slash != directory)
        *slash = '\0';
    if (stat(directory, &status) == 0) {
        *owner = status.st_uid;
        good = true;
    } else if (errno == ENOENT) {
        *owner = geteuid(); /* who will make it */
        good = true;
    } else {
        log_line(LOG_ERR, "%s: %s", directory, strerror(errno));
    }
    free(directory);
    return good;
}

static bool become(uid_t uid) {
    const struct passwd *entry = getpwuid(uid);

    if (entry == NULL) {
        log_line(LOG_ERR, "uid %lu owns the store and has no account",
                 (unsigned long)uid);
        return false;
    }
    if (initgroups(entry->pw_name, entry->pw_gid) == 0 &&
        setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) == 0 &&
        setresuid(uid, uid, uid) == 0) {
        process_forbid_dumps(); /* a change of uid may undo it */
        return true;
    }
    log_line(LOG_ERR, "become %s: %s", entry->pw_name, strerror(errno));
    return false;
}

static bool become_owner(uid_t owner) {
    if (owner == geteuid())
        return true;
    if (geteuid() == 0)
        return become(owner);
    log_line(LOG_ERR,
             "the store belongs to uid %lu: run accesstokend as that "
             "user, or as root",
             (unsigned long)owner);
    return false;
}

/* ------------------------------------------------------------------ serving
 */

static time_t monotonic(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static struct server *start(struct daemon *daemon,
                            const struct listening *listening,
                            const struct certificate *certificate) {
    const struct server_options options = {
        .listener = listening->listener,
        .socket = listening->socket,
        .threads =
            listening->listener == LISTENER_API ? 1 : daemon->options.threads,
        .connections = most_connections(daemon->count),
        .certificate = listening->tls ? certificate->chain : NULL,
        .key = listening->tls ? certificate->key : NULL,
        .administrators = daemon->administrators,
        .log_requests = daemon->options.log_requests,
    };

    return server_start(&daemon->shared, &options);
}

static bool start_all(struct daemon *daemon) {
    size_t i;

    for (i = 0; i < daemon->count; i++) {
        daemon->servers[i] =
            start(daemon, &daemon->sockets[i], &daemon->certificate);
        if (daemon->servers[i] == NULL)
            return false;
    }
    return true;
}

static void read_limits(struct daemon *daemon) {
    if (!shared_read_limits(&daemon->shared))
        log_line(LOG_ERR, "changes are refused: %s",
                 daemon->shared.limits_message);
}

static bool read_certificate(const struct options *options,
                             struct certificate *certificate) {
    return options->certificate == NULL ||
           certificate_read(options->certificate, options->key, certificate);
}

/* One socket, served with another certificate from now on.  false: it is
 * served as before. */
static bool replace(struct daemon *daemon, size_t i,
                    const struct certificate *certificate) {
    struct leaving *leaving = calloc(1, sizeof(*leaving));
    struct listening next = daemon->sockets[i];
    struct server *server = NULL;

    /* libmicrohttpd may close a socket that it fails with. */
    next.socket = fcntl(next.socket, F_DUPFD_CLOEXEC, 0);
    if (leaving != NULL && next.socket >= 0)
        server = start(daemon, &next, certificate);
    if (server == NULL) {
        free(leaving);
        return false;
    }
    leaving->server = daemon->servers[i];
    leaving->socket = daemon->sockets[i].socket;
    leaving->end = monotonic() + DRAIN_SECONDS;
    leaving->next = daemon->leaving;
    daemon->leaving = leaving;
    server_quiesce(leaving->server);
    daemon->servers[i] = server;
    daemon->sockets[i] = next;
    return true;
}

/* New connections get the new certificate; the others end in their time. */
static void reload_certificate(struct daemon *daemon) {
    struct certificate next = {NULL, NULL}, before = daemon->certificate;
    bool good = read_certificate(&daemon->options, &next);
    size_t i;

    if (next.chain != NULL && !certificate_equal(&next, &before)) {
        for (i = 0; good && i < daemon->count; i++)
            good = !daemon->sockets[i].tls || replace(daemon, i, &next);
        if (good) {
            daemon->certificate = next;
            next = before;
        }
    }
    if (!good)
        log_line(LOG_ERR, "HTTPS goes on with the certificate before");
    certificate_free(&next);
}

static void reload(struct daemon *daemon) {
    sd_notify(0, "RELOADING=1");
    read_limits(daemon);
    reload_certificate(daemon);
    log_line(LOG_INFO, "reloaded");
    sd_notify(0, "READY=1");
}

/* End those that have left, or all of them. */
static void end_leaving(struct daemon *daemon, bool all) {
    struct leaving **at = &daemon->leaving, *leaving;

    while ((leaving = *at) != NULL) {
        if (!all && server_has_connections(leaving->server) &&
            monotonic() < leaving->end) {
            at = &leaving->next;
            continue;
        }
        server_stop(&leaving->server);
        close(leaving->socket);
        *at = leaving->next;
        free(leaving);
    }
}

static void tick(struct daemon *daemon) {
    size_t i;

    sd_notify(0, "WATCHDOG=1");
    for (i = 0; i < daemon->count; i++)
        server_reap(daemon->servers[i]);
    end_leaving(daemon, false);
}

/* How long to wait between two: systemd wants to hear twice as often as it
 * says. */
static struct timespec tick_interval(void) {
    uint64_t microseconds = 0;

    if (sd_watchdog_enabled(0, &microseconds) <= 0 ||
        microseconds / 2 > TICK_SECONDS * MICROSECONDS)
        microseconds = 2 * TICK_SECONDS * MICROSECONDS;
    microseconds /= 2;
    return (struct timespec){
        .tv_sec = (time_t)(microseconds / MICROSECONDS),
        .tv_nsec = (long)(microseconds % MICROSECONDS) * 1000,
    };
}

static void serve(struct daemon *daemon, const sigset_t *signals) {
    const struct timespec pause = tick_interval();
    int signal;

    for (;;) {
        signal = sigtimedwait(signals, NULL, &pause);
        if (signal == SIGHUP)
            reload(daemon);
        else if (signal == SIGTERM || signal == SIGINT)
            return;
        tick(daemon);
    }
}

static bool is_busy(const struct daemon *daemon) {
    const struct leaving *leaving;
    size_t i;

    for (i = 0; i < daemon->count; i++)
        if (daemon->servers[i] != NULL && server_is_busy(daemon->servers[i]))
            return true;
    for (leaving = daemon->leaving; leaving != NULL; leaving = leaving->next)
        if (server_is_busy(leaving->server))
            return true;
    return false;
}

/* No new connections, then an answer for every request that has arrived. */
static void stop(struct daemon *daemon) {
    const struct timespec pause = {0, 20000000};
    int rounds = DRAIN_SECONDS * 50;
    size_t i;

    sd_notify(0, "STOPPING=1");
    for (i = 0; i < daemon->count; i++)
        if (daemon->servers[i] != NULL)
            server_quiesce(daemon->servers[i]);
    listen_end(daemon->sockets, daemon->count);
    while (is_busy(daemon) && rounds-- > 0)
        nanosleep(&pause, NULL);
    for (i = 0; i < daemon->count; i++)
        server_stop(&daemon->servers[i]);
    end_leaving(daemon, true);
}

/* ---------------------------------------------------------------------- all
 */

static bool make_service(struct daemon *daemon) {
    struct shared *shared = &daemon->shared;

    if (daemon->options.store[0] != '/') {
        log_line(LOG_ERR, "--store %s: not an absolute path",
                 daemon->options.store);
        return false;
    }
    shared->store = daemon->options.store;
    shared->limits = daemon->options.limits;
    if (shared_begin(shared))
        return true;
    log_line(LOG_ERR, "out of memory");
    return false;
}

/* What is wrong with the store is good to know now; it may be put right, or
 * made by the first create, while this runs. */
static void look_at_store(const struct shared *shared) {
    struct tokenstore_token *token = NULL;
    struct tokenstore *store = NULL;
    enum tokenstore_error error = tokenstore_open(shared->store, &store);

    if (error == TOKENSTORE_OK)
        error = tokenstore_get(store, 1, &token);
    if (error != TOKENSTORE_OK && error != TOKENSTORE_ERROR_NOT_FOUND)
        log_line(error == TOKENSTORE_ERROR_MISSING ? LOG_NOTICE : LOG_ERR,
                 "%s",
                 store != NULL ? tokenstore_message(store)
                               : tokenstore_strerror(error));
    tokenstore_token_free(&token);
    tokenstore_close(&store);
}

static void find_administrators(struct daemon *daemon) {
    const struct group *group = getgrnam(daemon->options.admin_group);

    daemon->administrators = group != NULL ? group->gr_gid : (gid_t)-1;
    if (group == NULL)
        log_line(LOG_NOTICE, "no group %s: only root administers",
                 daemon->options.admin_group);
}

static bool begin(struct daemon *daemon) {
    uid_t owner;

    if (!mhd_override_begin()) {
        log_line(LOG_ERR, "this is not the libmicrohttpd that is needed");
        return false;
    }
    if (!make_service(daemon) ||
        !read_certificate(&daemon->options, &daemon->certificate))
        return false;
    find_administrators(daemon);
    if (!find_owner(daemon->options.store, &owner) ||
        !listen_all(&daemon->options, owner, daemon->sockets,
                    &daemon->count) ||
        !become_owner(owner))
        return false;
    look_at_store(&daemon->shared);
    read_limits(daemon);
    return start_all(daemon);
}

int main(int argc, char **argv) {
    static struct daemon daemon;
    sigset_t signals;
    bool good;
    int status;

    process_begin();
    process_forbid_dumps();
    umask(077);
    log_begin();
    if (!options_read(&daemon.options, argc, argv, &status))
        return status;
    raise_descriptors();
    /* Before there are threads, which inherit it. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    good = begin(&daemon);
    if (good) {
        log_line(LOG_INFO, "ready");
        sd_notify(0, "READY=1");
        serve(&daemon, &signals);
    }
    stop(&daemon);
    shared_end(&daemon.shared);
    certificate_free(&daemon.certificate);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
