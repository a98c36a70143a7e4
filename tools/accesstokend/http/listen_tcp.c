/*
 * listen_tcp.c - make a TCP socket.  Refuses plain HTTP on an address that is
 * not loopback, unless --insecure is given.
 */
#include <config.h>

#include "tools/accesstokend/http/listen_tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/syslog.h>

#include "tools/accesstokend/shared/log.h"
#include "tools/common/decimal.h"

#define PORT_MAX 65535
#define PORT_DIGITS 5

static bool is_loopback(const struct sockaddr *address) {
    const struct sockaddr_in *v4 = (const void *)address;
    const struct sockaddr_in6 *v6 = (const void *)address;

    if (address->sa_family == AF_INET)
        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

bool listen_tcp_may_serve(const struct options *options, bool tls,
                          const struct sockaddr *address, const char *text) {
    if (tls || options->insecure || is_loopback(address))
        return true;
    log_line(LOG_ERR,
             "%s: tokens would cross the network unencrypted; give "
             "--tls-certificate and --tls-key, or --insecure",
             text);
    return false;
}

/* getaddrinfo() would read 65537 as 1, and an empty text as 0. */
static bool is_port(const char *text) {
    uint64_t port;

    return strlen(text) <= PORT_DIGITS &&
           decimal_parse(text, PORT_MAX, &port) && port <= PORT_MAX;
}

/* Returns the address in "ADDRESS:PORT" or "[ADDRESS]:PORT", both in numbers,
 * or NULL. */
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
        length = sizeof(host); /* ambiguous: refused below */
    }
    if (length == 0 || length >= sizeof(host) || !is_port(colon + 1))
        return NULL;
    memcpy(host, text, length);
    host[length] = '\0';
    return getaddrinfo(host, colon + 1, &hints, &found) == 0 ? found : NULL;
}

void listen_tcp_announce(int fd) {
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

bool listen_tcp(const struct options *options, const char *text,
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
    good =
        listen_tcp_may_serve(options, listening->tls, address->ai_addr, text);
    if (good) {
        listening->socket =
            socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        good = listening->socket >= 0 || log_failed(text, "make a socket");
    }
    if (good) {
        setsockopt(listening->socket, SOL_SOCKET, SO_REUSEADDR, &yes,
                   sizeof(yes));
        if (address->ai_family == AF_INET6)
            setsockopt(listening->socket, IPPROTO_IPV6, IPV6_V6ONLY, &yes,
                       sizeof(yes));
        good = (bind(listening->socket, address->ai_addr,
                     address->ai_addrlen) == 0 &&
                listen(listening->socket, LISTEN_BACKLOG) == 0) ||
               log_failed(text, "listen");
    }
    if (good)
        listen_tcp_announce(listening->socket);
    freeaddrinfo(address);
    return good;
}
