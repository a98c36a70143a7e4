/*
 * main.c - accesstokend: start, serve until told to stop, stop.  Reads the
 * certificate and opens its TCP sockets as the user who started it, and then
 * becomes the store's owner.  Holds no token.
 */
#include <config.h>

#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syslog.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "tools/accesstokend/http/exchange.h"
#include "tools/accesstokend/http/listen.h"
#include "tools/accesstokend/http/mhd_override.h"
#include "tools/accesstokend/http/mhd_probe.h"
#include "tools/accesstokend/http/servers.h"
#include "tools/accesstokend/options.h"
#include "tools/accesstokend/owner.h"
#include "tools/accesstokend/shared/log.h"
#include "tools/accesstokend/shared/shared.h"
#include "tools/common/process.h"

#define TICK_SECONDS 2
#define MICROSECONDS 1000000

/* -------------------------------------------------------------------- begin
 */

static void raise_descriptors(void) {
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Threads inherit this, so it must come before the first one is made. */
static void block_signals(sigset_t *signals) {
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGHUP);
    sigprocmask(SIG_BLOCK, signals, NULL);
}

static bool begin_shared(struct shared *shared,
                         const struct options *options) {
    if (options->store[0] != '/') {
        log_line(LOG_ERR, "--store %s: not an absolute path", options->store);
        return false;
    }
    shared->store = options->store;
    shared->limits = options->limits;
    if (shared_begin(shared))
        return true;
    log_line(LOG_ERR, "out of memory");
    return false;
}

/* Logs what is wrong with the store.  The daemon starts all the same: the
 * store may be repaired, or made by the first create, while it runs. */
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

static gid_t find_administrators(const char *name) {
    const struct group *group = getgrnam(name);

    if (group != NULL)
        return group->gr_gid;
    log_line(LOG_NOTICE, "no group %s: only root administers", name);
    return (gid_t)-1;
}

static bool begin(const struct options *options, struct shared *shared,
                  struct servers *servers) {
    uid_t owner;

    servers->shared = shared;
    servers->options = options;
    if (!mhd_probe() || !mhd_override_begin(exchange_refusal) ||
        !begin_shared(shared, options) || !servers_read_certificate(servers))
        return false;
    servers->administrators = find_administrators(options->admin_group);
    if (!owner_find(options->store, &owner) ||
        !listen_all(options, owner, servers->sockets, &servers->count) ||
        !owner_become(owner))
        return false;
    look_at_store(shared);
    shared_read_limits(shared);
    return servers_start(servers);
}

/* -------------------------------------------------------------------- serve
 */

/* systemd wants to hear twice in the time after which it restarts the
 * daemon. */
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

static void reload(struct shared *shared, struct servers *servers) {
    sd_notify(0, "RELOADING=1");
    shared_read_limits(shared);
    servers_reload_certificate(servers);
    log_line(LOG_INFO, "reloaded");
    sd_notify(0, "READY=1");
}

/* Returns when a signal asks for the end. */
static void serve(struct shared *shared, struct servers *servers,
                  const sigset_t *signals) {
    const struct timespec pause = tick_interval();

    log_line(LOG_INFO, "ready");
    sd_notify(0, "READY=1");
    for (;;) {
        const int signal = sigtimedwait(signals, NULL, &pause);

        if (signal == SIGHUP)
            reload(shared, servers);
        else if (signal == SIGTERM || signal == SIGINT)
            return;
        sd_notify(0, "WATCHDOG=1");
        servers_tick(servers);
        log_suppressed();
    }
}

int main(int argc, char **argv) {
    static struct options options;
    static struct shared shared;
    static struct servers servers;
    sigset_t signals;
    bool good;
    int status;

    process_begin();
    process_forbid_dumps();
    umask(077);
    log_begin();
    if (!options_read(&options, argc, argv, &status))
        return status;
    raise_descriptors();
    block_signals(&signals);

    good = begin(&options, &shared, &servers);
    if (good)
        serve(&shared, &servers, &signals);
    sd_notify(0, "STOPPING=1");
    servers_stop(&servers);
    log_suppressed();
    shared_end(&shared);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
