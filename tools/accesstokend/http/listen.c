/*
 * listen.c - make the sockets.  Takes over the name of a Unix socket only
 * where nobody answers there any more, and removes nothing that is not a
 * socket.
 */
#include <config.h>

#include "tools/accesstokend/http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syslog.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "tools/accesstokend/shared/log.h"

#define BACKLOG 1024

static bool failed(const char *what, const char *did) {
    log_line(LOG_ERR, "%s: %s: %s", what, did, strerror(errno));
    return false;
}

/* ------------------------------------------------------------- Unix sockets
 */

/* A name that a daemon before us left behind. */
static bool clear_way(const char *path, const struct sockaddr_un *address) {
    struct stat status;
    int probe;
    bool alive;

    if (lstat(path, &status) != 0)
        return errno == ENOENT || failed(path, "look");
    if (!S_ISSOCK(status.st_mode)) {
        log_line(LOG_ERR, "%s: in the way, and not a socket", path);
        return false;
    }
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return failed(path, "make a socket");
    alive = connect(probe, (const struct sockaddr *)address,
                    sizeof(*address)) == 0 ||
            errno != ECONNREFUSED;
    close(probe);
    if (alive) {
        log_line(LOG_ERR, "%s: another program listens there", path);
        return false;
    }
    return unlink(path) == 0 || failed(path, "remove");
}

static bool set_access(const char *path, mode_t mode, const char *group) {
    struct group *entry;

    if (group != NULL) {
        errno = 0;
        entry = getgrnam(group);
        if (entry == NULL) {
            log_line(LOG_ERR, "--verify-socket-group %s: no such group",
                     group);
            return false;
        }
        if (chown(path, (uid_t)-1, entry->gr_gid) != 0)
            return failed(path, "give to the group");
    }
    return chmod(path, mode) == 0 || failed(path, "set permissions");
}

/* A new directory is the owner's, who takes the socket away at the end. */
static bool give_directory(const char *directory, uid_t owner) {
    const int fd =
        open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const bool good =
        fd >= 0 && fchmod(fd, 0755) == 0 &&
        (owner == geteuid() || fchown(fd, owner, (gid_t)-1) == 0);

    if (!good)
        failed(directory, "give to the store's owner");
    if (fd >= 0)
        close(fd);
    return good;
}

/* The directory, where it is missing: /run is empty after a boot. */
static bool make_directory(const char *path, uid_t owner) {
    char directory[108];
    char *slash;

    memcpy(directory, path, strlen(path) + 1);
    slash = strrchr(directory, '/');
    if (slash == NULL || slash == directory)
        return true;
    *slash = '\0';
    if (mkdir(directory, 0700) == 0)
        return give_directory(directory, owner);
    return errno == EEXIST || failed(directory, "make");
}

static bool listen_unix(const char *path, uid_t owner, mode_t mode,
                        const char *group, struct listening *listening) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat status;
    mode_t old;
    bool bound;

    if (strlen(path) >= sizeof(address.sun_path)) {
        log_line(LOG_ERR, "%s: too long for a socket's name", path);
        return false;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (!make_directory(path, owner) || !clear_way(path, &address))
        return false;
    listening->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listening->socket < 0)
        return failed(path, "make a socket");
    /* Nobody connects before the permissions are right. */
    old = umask(0777);
    bound = bind(listening->socket, (struct sockaddr *)&address,
                 sizeof(address)) == 0;
    umask(old);
    if (!bound || lstat(path, &status) != 0)
        return failed(path, "bind");
    listening->device = status.st_dev;
    listening->inode = status.st_ino;
    memcpy(listening->path, address.sun_path, sizeof(listening->path));
    if (!set_access(path, mode, group))
        return false;
    return listen(listening->socket, BACKLOG) == 0 || failed(path, "listen");
}

/* ---------------------------------------------------------------------- TCP
 */

static bool is_loopback(const struct sockaddr *address) {
    const struct sockaddr_in *v4 = (const void *)address;
    const struct sockaddr_in6 *v6 = (const void *)address;

    if (address->sa_family == AF_INET)
        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static bool may_serve(const struct options *options, bool tls,
                      const struct sockaddr *address, const char *text) {
    if (tls || options->insecure || is_loopback(address))
        return true;
    log_line(LOG_ERR,
             "%s: tokens would cross the network in the clear; give "
             "--tls-certificate and --tls-key, or --insecure",
             text);
    return false;
}

/* getaddrinfo takes 65537 for 1, and nothing for 0. */
static bool is_port(const char *text) {
    const size_t length = strlen(text);

    return length > 0 && length <= 5 && strspn(text, "0123456789") == length &&
           strtoul(text, NULL, 10) <= 65535;
}

/* "ADDRESS:PORT" or "[ADDRESS]:PORT", numbers both. */
static struct addrinfo *parse_address(const char *text) {
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
    };
    const char *colon = strrchr(text, ':');
    struct addrinfo *found = NULL;
    char host[INET6_ADDRSTRLEN + 2];
    size_t length = colon != NULL ? (size_t)(colon - text) : sizeof(host);

    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    } else if (memchr(text, ':', length) != NULL) {
        length = sizeof(host); /* which of the colons? */
    }
    if (length == 0 || length >= sizeof(host) || !is_port(colon + 1))
        return NULL;
    memcpy(host, text, length);
    host[length] = '\0';
    return getaddrinfo(host, colon + 1, &hints, &found) == 0 ? found : NULL;
}

static void announce(int fd) {
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    char host[INET6_ADDRSTRLEN], port[8];

    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
        getnameinfo((struct sockaddr *)&address, size, host, sizeof(host),
                    port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        log_line(LOG_INFO, "listening on %s%s%s:%s",
                 address.ss_family == AF_INET6 ? "[" : "", host,
                 address.ss_family == AF_INET6 ? "]" : "", port);
}

static bool listen_tcp(const struct options *options, const char *text,
                       struct listening *listening) {
    struct addrinfo *address = parse_address(text);
    const int yes = 1;
    bool good;

    if (address == NULL) {
        log_line(LOG_ERR,
                 "--listen %s: not an address and port such as "
                 "127.0.0.1:8080 or [::1]:8080",
                 text);
        return false;
    }
    listening->listener = LISTENER_TCP;
    listening->tls = options->certificate != NULL;
    good = may_serve(options, listening->tls, address->ai_addr, text);
    if (good) {
        listening->socket =
            socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        good = listening->socket >= 0 || failed(text, "make a socket");
    }
    if (good) {
        setsockopt(listening->socket, SOL_SOCKET, SO_REUSEADDR, &yes,
                   sizeof(yes));
        if (address->ai_family == AF_INET6)
            setsockopt(listening->socket, IPPROTO_IPV6, IPV6_V6ONLY, &yes,
                       sizeof(yes));
        good = (bind(listening->socket, address->ai_addr,
                     address->ai_addrlen) == 0 &&
                listen(listening->socket, BACKLOG) == 0) ||
               failed(text, "listen");
    }
    if (good)
        announce(listening->socket);
    freeaddrinfo(address);
    return good;
}

/* ------------------------------------------------------------------- systemd
 */

/* A socket from a unit, which has FileDescriptorName=api, verify, http or
 * https. */
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
        announce(fd);
        return may_serve(options, listening->tls, (struct sockaddr *)&address,
                         name);
    }
    log_line(LOG_ERR,
             "socket \"%s\" from systemd: FileDescriptorName is to be api or "
             "verify (Unix), http or https (TCP)",
             name);
    return false;
}

static bool take_over_all(const struct options *options, char **names,
                          size_t number, struct listening *sockets,
                          size_t *count) {
    size_t i;

    if (number > LISTENING_MAX) {
        log_line(LOG_ERR, "too many sockets from systemd");
        return false;
    }
    for (i = 0; i < number; i++) {
        sockets[*count] = (struct listening){.socket = -1};
        if (!take_over(options, SD_LISTEN_FDS_START + (int)i, names[i],
                       &sockets[(*count)++]))
            return false;
    }
    return true;
}

/* --------------------------------------------------------------------- all */

static struct listening *add(struct listening *sockets, size_t *count,
                             enum listener listener) {
    struct listening *listening = &sockets[(*count)++];

    *listening = (struct listening){.listener = listener, .socket = -1};
    return listening;
}

bool listen_all(const struct options *options, uid_t owner,
                struct listening *sockets, size_t *count) {
    char **names = NULL;
    int number = sd_listen_fds_with_names(1, &names);
    bool good = true;
    size_t i;

    *count = 0;
    if (number < 0) {
        log_line(LOG_ERR, "the sockets from systemd (LISTEN_FDS): %s",
                 strerror(-number));
        return false;
    }
    if (number > 0) {
        good = take_over_all(options, names, (size_t)number, sockets, count);
        for (i = 0; i < (size_t)number; i++)
            free(names[i]);
        free(names);
        return good;
    }
    if (options->api_socket != NULL)
        good = listen_unix(options->api_socket, owner, 0666, NULL,
                           add(sockets, count, LISTENER_API));
    if (good && options->verify_socket != NULL)
        good = listen_unix(options->verify_socket, owner, options->verify_mode,
                           options->verify_group,
                           add(sockets, count, LISTENER_VERIFY));
    for (i = 0; good && i < options->listen_count; i++)
        good = listen_tcp(options, options->listen[i],
                          add(sockets, count, LISTENER_TCP));
    if (good && *count == 0) {
        log_line(LOG_ERR, "nowhere to listen");
        good = false;
    }
    return good;
}

/* Another daemon may have made one of that name since. */
static void take_away(const struct listening *listening) {
    struct stat status;

    if (lstat(listening->path, &status) == 0 &&
        status.st_dev == listening->device &&
        status.st_ino == listening->inode)
        unlink(listening->path);
}

void listen_end(struct listening *sockets, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) {
        if (sockets[i].path[0] != '\0')
            take_away(&sockets[i]);
        if (sockets[i].socket >= 0)
            close(sockets[i].socket);
    }
}
