/*
 * listen.c - the sockets that accesstokend listens on: those that systemd
 * hands over or, if there are none, the Unix sockets that the options name;
 * and each --listen.
 */
#include <config.h>

#include "tools/accesstokend/http/listen.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syslog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "tools/accesstokend/http/listen_tcp.h"
#include "tools/accesstokend/http/listen_unix.h"
#include "tools/accesstokend/shared/log.h"

/* Takes over a socket from a unit; name is its FileDescriptorName. */
static bool take_over(const struct options *options, int fd, const char *name,
                      struct listening *listening) {
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    bool local, tcp;

    listening->socket = fd;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 ||
        sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
        log_line(LOG_ERR, "socket \"%s\" from systemd: does not listen", name);
        return false;
    }
    local = address.ss_family == AF_UNIX;
    tcp = address.ss_family == AF_INET || address.ss_family == AF_INET6;
    if (local && strcmp(name, "api") == 0) {
        listening->listener = LISTENER_API;
        return true;
    }
    if (local && strcmp(name, "verify") == 0) {
        listening->listener = LISTENER_VERIFY;
        return true;
    }
    listening->listener = LISTENER_TCP;
    listening->tls = strcmp(name, "https") == 0;
    if (tcp && listening->tls && options->certificate == NULL) {
        log_line(LOG_ERR, "socket \"https\" from systemd needs "
                          "--tls-certificate and --tls-key");
        return false;
    }
    if (tcp && (listening->tls || strcmp(name, "http") == 0)) {
        listen_tcp_announce(fd);
        return listen_tcp_may_serve(options, listening->tls,
                                    (struct sockaddr *)&address, name);
    }
    log_line(LOG_ERR,
             "socket \"%s\" from systemd: FileDescriptorName must be api or "
             "verify (Unix), http or https (TCP)",
             name);
    return false;
}

/* Returns false, after logging why, if one is of no use. */
static bool take_over_all(const struct options *options, char **names,
                          size_t number, struct listening *sockets,
                          size_t *count) {
    if (number + options->listen_count > LISTEN_ALL_MAX) {
        log_line(LOG_ERR, "too many sockets from systemd");
        return false;
    }
    for (size_t i = 0; i < number; i++) {
        sockets[*count] = (struct listening){.socket = -1};
        if (!take_over(options, SD_LISTEN_FDS_START + (int)i, names[i],
                       &sockets[(*count)++]))
            return false;
    }
    return true;
}

static struct listening *add(struct listening *sockets, size_t *count,
                             enum listener listener) {
    struct listening *listening = &sockets[(*count)++];

    *listening = (struct listening){.listener = listener, .socket = -1};
    return listening;
}

static bool open_unix(const struct options *options, uid_t owner,
                      struct listening *sockets, size_t *count) {
    bool good = true;

    if (options->api_socket != NULL)
        good = listen_unix(options->api_socket, owner, 0666, NULL,
                           add(sockets, count, LISTENER_API));
    if (good && options->verify_socket != NULL)
        good = listen_unix(options->verify_socket, owner, options->verify_mode,
                           options->verify_group,
                           add(sockets, count, LISTENER_VERIFY));
    return good;
}

static bool open_tcp(const struct options *options, struct listening *sockets,
                     size_t *count) {
    for (size_t i = 0; i < options->listen_count; i++)
        if (!listen_tcp(options, options->listen[i],
                        add(sockets, count, LISTENER_TCP)))
            return false;
    if (*count > 0)
        return true;
    log_line(LOG_ERR, "no socket to listen on: give --api-socket, "
                      "--verify-socket or --listen");
    return false;
}

bool listen_all(const struct options *options, uid_t owner,
                struct listening *sockets, size_t *count) {
    char **names = NULL;
    const int number = sd_listen_fds_with_names(1, &names);
    bool good;

    *count = 0;
    if (number < 0) {
        log_line(LOG_ERR, "the sockets from systemd (LISTEN_FDS): %s",
                 strerror(-number));
        return false;
    }
    if (number == 0)
        good = open_unix(options, owner, sockets, count);
    else
        good = take_over_all(options, names, (size_t)number, sockets, count);
    good = good && open_tcp(options, sockets, count);
    for (int i = 0; i < number; i++)
        free(names[i]);
    free(names);
    return good;
}

void listen_end(const struct listening *sockets, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (sockets[i].path[0] != '\0')
            listen_unix_remove(&sockets[i]);
        if (sockets[i].socket >= 0)
            close(sockets[i].socket);
    }
}
