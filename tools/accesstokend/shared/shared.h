/*
 * shared.h - what all requests share: the store, what may be done, the
 * changes that wait, the counts.  Made once by main.c (or a test), used by
 * every thread.
 */
#ifndef TOOLS_ACCESSTOKEND_SHARED_SHARED_H
#define TOOLS_ACCESSTOKEND_SHARED_SHARED_H

#include "tokenstore/tokenstore.h"
#include <pthread.h>

#include "tools/common/limits_file.h"

struct group_commit;
struct metrics;

struct shared {
    const char *store;  /* a path */
    const char *limits; /* the file; NULL: the default one */
    struct group_commit *group_commit;
    struct metrics *metrics;
    pthread_key_t handle;

    /* What the limits' file said when it was last read. */
    pthread_mutex_t mutex;
    struct limits in_force;
    bool limits_known; /* false: changes are refused, and this is why */
    char limits_message[256];
};

/* Begin and end a shared whose first members are set; false without
 * memory. */
bool shared_begin(struct shared *shared);
void shared_end(struct shared *shared);

/*
 * This thread's handle of the store, which remembers what it verifies; NULL
 * without memory.  For threads that live long: it is closed when they end.
 */
struct tokenstore *shared_store(struct shared *shared);

/* Read the limits anew; false when they cannot be (changes are refused). */
bool shared_read_limits(struct shared *shared);

/* A copy of what is in force; false, with the reason, where that is not
 * known. */
bool shared_limits(struct shared *shared, struct limits *limits, char *message,
                   size_t size);

#endif
