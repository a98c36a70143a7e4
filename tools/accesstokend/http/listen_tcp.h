/*
 * listen_tcp.h - listening sockets with an address and a port.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_LISTEN_TCP_H
#define TOOLS_ACCESSTOKEND_HTTP_LISTEN_TCP_H

#include <sys/socket.h>

#include "tools/accesstokend/http/listen.h"

/* Listens at "ADDRESS:PORT".  Returns false after logging why; the socket in
 * *listening is then closed with the others. */
bool listen_tcp(const struct options *options, const char *text,
                struct listening *listening);

/* May this address be served with or without TLS?  Logs why not; text names
 * the socket there. */
bool listen_tcp_may_serve(const struct options *options, bool tls,
                          const struct sockaddr *address, const char *text);

/* Logs the address of a socket. */
void listen_tcp_announce(int fd);

#endif
