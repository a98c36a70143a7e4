/*
 * listen.h - the sockets that accesstokend listens on.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_LISTEN_H
#define TOOLS_ACCESSTOKEND_HTTP_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "tools/accesstokend/options.h"
#include "tools/accesstokend/request/request.h"

/* The most sockets: every --listen, and two Unix sockets. */
#define LISTEN_ALL_MAX (LISTEN_MAX + 2)

/* The argument of listen(). */
#define LISTEN_BACKLOG 1024

struct listening {
    enum listener listener;
    int socket;
    bool tls;
    char path[108]; /* to be removed at the end; "": none */
    uid_t user;     /* who made the file at the path, and may remove it */
    dev_t device;   /* that file, while it is this socket's */
    ino_t inode;
};

/*
 * Opens all sockets: those that systemd hands over or, if there are none,
 * those that the options name.  owner: the store's, for Unix sockets.
 * Returns false, after logging why, if one cannot be opened; the sockets that
 * were opened until then are closed by listen_end().
 */
bool listen_all(const struct options *options, uid_t owner,
                struct listening *sockets, size_t *count);

/* Closes the sockets, and removes the paths of Unix sockets. */
void listen_end(const struct listening *sockets, size_t count);

#endif
