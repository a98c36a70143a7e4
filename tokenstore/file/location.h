/*
 * location.h - a store's directory, lock and names, during one call.  See
 * place.c.
 */
#ifndef TOKENSTORE_FILE_LOCATION_H
#define TOKENSTORE_FILE_LOCATION_H

#include <limits.h>

#include "tokenstore/file/lock.h"

/* How long one call may wait for others, in all. */
#define PLACE_PATIENCE_MS 5000

enum place_trust {
    PLACE_STORE,  /* the rules for a store */
    PLACE_SOURCE, /* those for a file to restore from */
};

struct place {
    const char *path; /* the store's file */
    enum place_trust trust;
    struct complaint *complaint;
    struct deadline deadline;
    int directory; /* O_PATH, checked */
    uid_t owner;   /* of the directory, and so of every file in it */
    struct seqlock lock;
    const char *name; /* of the file in the directory */
    char lock_name[NAME_MAX + 1];
    char
        new_name[NAME_MAX + 1]; /* where a new file is built, under the lock */
    char use_name[NAME_MAX + 1]; /* see last_use.c */
    char lock_path[PATH_MAX];
    char new_path[PATH_MAX];
};

/* Open and check the directory of a store.  MISSING when there is none.
 * place_close() is due whatever it returns. */
enum tokenstore_error place_open(struct place *place, const char *path,
                                 enum place_trust trust,
                                 struct complaint *complaint);

/* The same for a store that may have to be made: its last directory is, 0700,
 * where it is missing. */
enum tokenstore_error place_open_or_make(struct place *place, const char *path,
                                         struct complaint *complaint);

void place_close(struct place *place);

/* Take the writer lock, making its file where that is missing. */
enum tokenstore_error place_lock(struct place *place);

/* The status of the store's file, after judging it. */
enum tokenstore_error place_file(const struct place *place,
                                 struct stat *status);

/* Make changes of names in the directory durable. */
enum tokenstore_error place_sync(const struct place *place);

/* And the directory's own name, since it may be new. */
enum tokenstore_error place_sync_all(const struct place *place);

#endif
