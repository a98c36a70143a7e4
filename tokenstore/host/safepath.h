/*
 * safepath.h - may this path be trusted?  "Owners and modes" in doc/DESIGN.md
 * has the rules.
 */
#ifndef TOKENSTORE_HOST_SAFEPATH_H
#define TOKENSTORE_HOST_SAFEPATH_H

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "tokenstore/values/message.h"

/* Flags of every open: whatever has been put in the place of a file that was
 * judged, a FIFO or a terminal, nobody waits for it. */
#define SAFEPATH_OPEN (O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/*
 * Open the directory of a store, after checking that nobody but its owner and
 * root has access to it, and that nobody else can exchange it.
 *   store  the name of the store in it
 *   fd     an O_PATH descriptor, to be closed by the caller; -1 on an error
 *   owner  its owner, who is the authority over every file in it
 */
enum tokenstore_error safepath_directory(const char *directory,
                                         const char *store, int *fd,
                                         uid_t *owner,
                                         struct message *message);

/*
 * The same for the directory of a backup, which others may read.  In a
 * directory of root, *owner is the caller, to whom the file belongs.
 */
enum tokenstore_error safepath_readable_directory(const char *directory,
                                                  int *fd, uid_t *owner,
                                                  struct message *message);

/* Open a file for reading that only root or the caller can have written: the
 * contract of tokenstore_open_trusted(), for an absolute path. */
enum tokenstore_error safepath_open_trusted(const char *path, int *fd,
                                            struct message *message);

/* Give a new file the mode and the owner that safepath_file() asks for,
 * whatever the umask is; false with errno. */
bool safepath_give(int fd, uid_t owner);

/*
 * Make a file beside the store if it is missing; an existing one stays.  It is
 * complete, and synced unless it is empty, before it gets its name, since
 * another process may open it at once.  False with errno.
 */
bool safepath_make(int directory, const char *name, uid_t owner,
                   const void *bytes, size_t length);

/* Judge a file of the store, or a backup, by its status: it is regular, has
 * mode 0600 and belongs to this owner.  Else UNSAFE. */
enum tokenstore_error safepath_file(const struct stat *status, uid_t owner,
                                    bool is_store, const char *path,
                                    struct message *message);

/*
 * Judge the absolute path of a Unix socket before believing what it says.  Its
 * directory must belong to root, the caller or a system user; the socket
 * itself to root, the caller or the owner of the directory.  MISSING, UNSAFE.
 */
enum tokenstore_error safepath_socket(const char *path,
                                      struct message *message);

/* Judge the uid of the process that listens on that socket: root, the caller
 * or a system user.  UNSAFE. */
enum tokenstore_error safepath_peer(uid_t uid, const char *path,
                                    struct message *message);

/* Make a path absolute by the current directory.  False if it is too long, or
 * if the directory is not known. */
bool safepath_absolute(const char *path, char absolute[PATH_MAX]);

#endif
