/*
 * location.h - the directory, the names and the lock of a store, during one
 * call.
 */
#ifndef TOKENSTORE_FILE_LOCATION_H
#define TOKENSTORE_FILE_LOCATION_H

#include <limits.h>
#include <sys/stat.h>

#include "tokenstore/file/lock.h"

/* How long one call may wait for others, all in all. */
#define LOCATION_PATIENCE_MS 5000

/* A store's file, as a handle knows it.  Holds nothing open. */
struct file {
    char path[PATH_MAX];    /* absolute */
    struct message message; /* about the last failure */
};

enum location_trust {
    LOCATION_STORE,  /* the rules for a store */
    LOCATION_SOURCE, /* those for a backup, which others may be able to find */
};

struct location {
    const char *path; /* the store's file */
    enum location_trust trust;
    struct message *message;
    struct deadline deadline;
    int directory; /* O_PATH, checked */
    uid_t owner;   /* of the directory, and so of every file in it */
    struct lock lock;
    const char *name; /* of the file in the directory */
    char lock_name[NAME_MAX + 1];
    char
        new_name[NAME_MAX + 1]; /* where a new file is built, under the lock */
    char use_name[NAME_MAX + 1]; /* of the file with the last uses */
    char lock_path[PATH_MAX];
    char new_path[PATH_MAX];
};

/* Open and check the directory of a store.  MISSING if there is none.  Call
 * location_close() whatever this returns. */
enum tokenstore_error location_open(struct location *location,
                                    const char *path,
                                    enum location_trust trust,
                                    struct message *message);

/* The same for a store that may have to be made.  If its directory is missing,
 * it is made, with mode 0700. */
enum tokenstore_error location_open_or_make(struct location *location,
                                            const char *path,
                                            struct message *message);

void location_close(struct location *location);

/*
 * Open the lock file for a reader.  OK also if there is none, and then
 * location->lock.fd is -1: a lone file, such as a backup, has no lock file
 * until its first change.  That case leaves the message alone.
 */
enum tokenstore_error location_open_lock(struct location *location);

/*
 * Take the mutex of turn.h and, with it, the writer lock, whose file is made
 * if it is missing.  Returns BUSY at the deadline; signals arrive during the
 * wait, but not afterwards.  After OK, give both back with location_unlock().
 */
enum tokenstore_error location_lock(struct location *location);
void location_unlock(struct location *location);

/* Judge the file of the store, and return its status.  MISSING, UNSAFE. */
enum tokenstore_error location_file(const struct location *location,
                                    struct stat *status);

/* The same by descriptor, as openat() has just returned it; below 0, the error
 * is errno's. */
enum tokenstore_error location_opened(const struct location *location, int fd,
                                      struct stat *status);

/* Sync the directory, so that changes of names in it are durable. */
enum tokenstore_error location_sync(const struct location *location);

/* Sync the directory above as well, since the name of this one may be new. */
enum tokenstore_error location_sync_all(const struct location *location);

#endif
