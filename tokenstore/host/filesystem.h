/*
 * filesystem.h - may a store, or a copy of one, be on this file system?
 */
#ifndef TOKENSTORE_HOST_FILESYSTEM_H
#define TOKENSTORE_HOST_FILESYSTEM_H

#include <stdbool.h>

#include "tokenstore/values/message.h"

/*
 * Judge the file system of an open directory, whose path is for the message.
 * A store needs one that is known to be local.  A backup, which nobody locks,
 * may be on any but NFS and SMB.  UNSAFE, with the name of the file system.
 */
enum tokenstore_error filesystem_check(int fd, bool is_store, const char *path,
                                       struct message *message);

#endif
