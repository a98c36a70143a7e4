/*
 * safepath.h - may this path be trusted?  See safepath.c.
 */
#ifndef TOKENSTORE_HOST_SAFEPATH_H
#define TOKENSTORE_HOST_SAFEPATH_H

#include <sys/stat.h>

#include "tokenstore/values/message.h"

/*
 * Open the directory that holds a store, after checking that nobody but its
 * owner and root can reach in: see the rules in safepath.c.
 *   fd     an O_PATH descriptor, to be closed by the caller
 *   owner  who owns it: the authority over every file in it
 */
enum tokenstore_error safepath_directory(const char *directory, int *fd,
                                         uid_t *owner,
                                         struct message *message);

/*
 * The same for a backup: its directory may be readable by others, and in one
 * of root's the file is the caller's.
 */
enum tokenstore_error safepath_readable_directory(const char *directory,
                                                  int *fd, uid_t *owner,
                                                  struct message *message);

/* Open a file that only root or the caller can have written; see
 * tokenstore_open_trusted. */
enum tokenstore_error safepath_open_trusted(const char *path, int *fd,
                                            struct message *message);

/* Make a new file what safepath_file asks for, whatever the umask; false with
 * errno. */
bool safepath_give(int fd, uid_t owner);

/*
 * Make a file of the store where it is missing; one that is there stays.  It
 * is complete, and synced if there is something in it, before it gets its
 * name: another process may open it at once.  False with errno.
 */
bool safepath_make(int directory, const char *name, uid_t owner,
                   const void *bytes, size_t length);

/* Judge a file of the store by its status: regular, 0600, the owner's. */
enum tokenstore_error safepath_file(const struct stat *status, uid_t owner,
                                    const char *path, struct message *message);

/*
 * Judge the path of a Unix socket, absolute, whose word is to be believed: in
 * a directory of root's, the caller's or a system user's, the socket itself
 * root's, the caller's or that owner's.  MISSING.
 */
enum tokenstore_error safepath_socket(const char *path,
                                      struct message *message);

#endif
