/*
 * shared.h - what all requests share: the store, the limits in force, the
 * changes that wait, the counts.  main.c (or a test) makes one; every thread
 * uses it.
 */
#ifndef TOOLS_ACCESSTOKEND_SHARED_SHARED_H
#define TOOLS_ACCESSTOKEND_SHARED_SHARED_H

#include "tokenstore/tokenstore.h"
#include <pthread.h>
#include <semaphore.h>

#include "tools/accesstokend/shared/ration.h"
#include "tools/common/limits_file.h"

#define SHARED_MESSAGE_SIZE (TOKENSTORE_MESSAGE_SIZE + 32)

struct group_commit;
struct metrics;

struct limits_version {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed;
};

struct shared {
    const char *store;  /* an absolute path */
    const char *limits; /* the path of limits.conf; NULL: the default one */
    struct group_commit *group_commit;
    struct metrics *metrics;
    struct ration creations; /* of users */
    sem_t pages;             /* places for lists that are being written */
    pthread_key_t handle;    /* this thread's struct tokenstore */
    bool begun;              /* there is something to end */

    /* The limits in force; the mutex guards them. */
    pthread_mutex_t mutex;
    struct limits in_force;
    struct limits_version limits_version;
    bool limits_known; /* false: changes are refused, with the message */
    char limits_message[SHARED_MESSAGE_SIZE];
};

/* Begins to use an object of which store and limits are set, and all else is
 * zero.  Returns false without memory. */
bool shared_begin(struct shared *shared);

/* Frees all that the object points to, after the last request has ended; also
 * if shared_begin() failed or was not called. */
void shared_end(struct shared *shared);

/*
 * Returns this thread's handle of the store, which remembers what it has
 * verified, or NULL without memory.  It is opened when a thread first asks and
 * closed when the thread ends, so it is for threads that live long.
 */
struct tokenstore *shared_store(struct shared *shared);

/* Reads limits.conf.  If it cannot be read, logs that, and changes are refused
 * with shared->limits_message. */
void shared_read_limits(struct shared *shared);

/* Copies the limits in force, after reading limits.conf again if it is another
 * file or has changed.  Returns false if they are not known, with the message
 * that says why. */
bool shared_limits(struct shared *shared, struct limits *limits,
                   char message[static SHARED_MESSAGE_SIZE]);

#endif
