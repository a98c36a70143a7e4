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

struct committer;
struct metrics;

struct service {
    const char *store;  /* a path */
    const char *limits; /* the file; NULL: the default one */
    struct committer *committer;
    struct metrics *metrics;
    pthread_key_t handle;

    /* What the limits' file said when it was last read. */
    pthread_mutex_t mutex;
    struct limits in_force;
    bool limits_known; /* false: changes are refused, and this is why */
    char limits_message[256];
};

/* Begin and end a service whose first members are set; false without
 * memory. */
bool service_begin(struct service *service);
void service_end(struct service *service);

/*
 * This thread's handle of the store, which remembers what it verifies; NULL
 * without memory.  For threads that live long: it is closed when they end.
 */
struct tokenstore *service_store(struct service *service);

/* Read the limits anew; false when they cannot be (changes are refused). */
bool service_read_limits(struct service *service);

/* A copy of what is in force; false, with the reason, where that is not
 * known. */
bool service_limits(struct service *service, struct limits *limits,
                    char *message, size_t size);

#endif
