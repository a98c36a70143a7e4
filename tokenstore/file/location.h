/*
 * location.h - a store's directory, lock and names, during one call.  See
 * place.c.
 */
#ifndef TOKENSTORE_FILE_LOCATION_H
#define TOKENSTORE_FILE_LOCATION_H

#include <limits.h>

#include "tokenstore/file/lock.h"

/* How long one call may wait for others, in all. */
#define LOCATION_PATIENCE_MS 5000

/* A store's file, as a handle knows it.  Holds nothing open. */
struct file {
    char path[PATH_MAX];    /* absolute */
    struct message message; /* about the last failure */
};

enum location_trust {
    LOCATION_STORE,  /* the rules for a store */
    LOCATION_SOURCE, /* those for a file to restore from */
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
    char use_name[NAME_MAX + 1]; /* see last_use.c */
    char lock_path[PATH_MAX];
    char new_path[PATH_MAX];
};

/* Open and check the directory of a store.  MISSING when there is none.
 * location_close() is due whatever it returns. */
enum tokenstore_error location_open(struct location *location,
                                    const char *path,
                                    enum location_trust trust,
                                    struct message *message);

/* The same for a store that may have to be made: its last directory is, 0700,
 * where it is missing. */
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

/* Take the writer lock; makes its file if that is missing. */
enum tokenstore_error location_lock(struct location *location);

/* The status of the store's file, after judging it. */
enum tokenstore_error location_file(const struct location *location,
                                    struct stat *status);

/* Make changes of names in the directory durable. */
enum tokenstore_error location_sync(const struct location *location);

/* And the directory's own name, since it may be new. */
enum tokenstore_error location_sync_all(const struct location *location);

#endif
