/*
 * listen_unix.h - listening sockets with a path.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_LISTEN_UNIX_H
#define TOOLS_ACCESSTOKEND_HTTP_LISTEN_UNIX_H

#include <sys/types.h>

#include "tools/accesstokend/http/listen.h"

/*
 * Listens at a path with this mode and (if not NULL) this group.  The socket
 * is made by the owner or, if only root can write to the directory, by root; a
 * directory that is missing is made for the owner.  Returns false after
 * logging why; the socket in *listening is then closed with the others.
 */
bool listen_unix(const char *path, uid_t owner, mode_t mode, const char *group,
                 struct listening *listening);

/* Removes the path, if it is still that of this socket. */
void listen_unix_remove(const struct listening *listening);

#endif
