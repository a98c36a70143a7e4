/*
 * listen.h - the sockets that accesstokend listens on: those that systemd
 * hands over, else those that the options name.  See listen.c.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_LISTEN_H
#define TOOLS_ACCESSTOKEND_HTTP_LISTEN_H

#include <sys/types.h>

#include "tools/accesstokend/options.h"
#include "tools/accesstokend/request/request.h"

struct listening {
    enum listener listener;
    int socket;
    bool tls;
    char path[108]; /* to be unlinked at the end; "" for all others */
    dev_t device;   /* while it is still this one */
    ino_t inode;
};

#define LISTENING_MAX (LISTEN_MAX + 2)

/*
 * Open all sockets; false, and it is logged, when one cannot be.  Whether TCP
 * is served with TLS is the options' matter; plain HTTP on an address that is
 * not loopback is refused without --insecure.  owner: whose a directory is
 * that has to be made.
 */
bool listen_all(const struct options *options, uid_t owner,
                struct listening *sockets, size_t *count);

/* Close them, and take away the Unix sockets' names. */
void listen_end(struct listening *sockets, size_t count);

#endif
