/*
 * mend.h - how to mend what makes a path unsafe.
 *
 * Administrators run in a hurry what a message ends with.  So a command names
 * only what nobody shares by design, and does no harm if somebody else has
 * meanwhile put a link there.
 */
#ifndef TOKENSTORE_HOST_MEND_H
#define TOKENSTORE_HOST_MEND_H

#include <config.h>

#include <stdbool.h>
#include <sys/stat.h>

#include "tokenstore/values/unsafe.h"

/* What to do if no command is right. */
#define MEND_STORE "choose another directory, such as " STATEDIR
#define MEND_BACKUP "choose another backup"
#define MEND_FILE "keep the file in a directory that only root can change"
#define MEND_SOCKET                                                           \
    "choose a socket of accesstokend, such as " RUNSTATEDIR "/verify.sock"

/* Accounts of packages, not of people: SYS_UID_MAX of Debian and Fedora. */
#define SYSTEM_UID_MAX 999

struct mend mend_otherwise(const char *otherwise);

/* A directory that others can write to. */
struct mend mend_writable(const struct stat *status, const char *path,
                          const char *otherwise);

/* A directory whose owner could replace what is in it. */
struct mend mend_foreign(const char *path, const char *otherwise);

/* The directory of a store, to which others have access; the name of the store
 * in it.  *made tells whether the command makes another directory. */
struct mend mend_directory(const struct stat *status, const char *path,
                           const char *name, bool *made);

/* A file of a store, in a directory that only its owner can use: it is no
 * regular file, it belongs to somebody else, or others have access to it. */
struct mend mend_irregular(const char *path);
struct mend mend_owner(uid_t owner, const char *path);
struct mend mend_mode(const struct stat *status, const char *path);

/* A backup in a directory of this owner, to which others have access. */
struct mend mend_backup(uid_t owner);

/* A trusted file of another owner; one to which others can write. */
struct mend mend_trusted_owner(const char *path);
struct mend mend_trusted_mode(const struct stat *status);

#endif
