/*
 * shared.c - what all requests share.  limits.conf is read at the start and on
 * SIGHUP only; while it cannot be read, changes are refused.
 */
#include <config.h>

#include "tools/accesstokend/shared/shared.h"

#include <stdio.h>

#include "tools/accesstokend/shared/group_commit.h"
#include "tools/accesstokend/shared/metrics.h"

/* Tokens that a thread remembers: 6 MB if that many are in use. */
#define REMEMBERED 1024

/* Lists that are written at once; each takes a few megabytes. */
#define PAGES 16

static void close_handle(void *handle) {
    struct tokenstore *store = handle;

    tokenstore_close(&store);
}

bool shared_begin(struct shared *shared) {
    pthread_mutex_init(&shared->mutex, NULL);
    sem_init(&shared->pages, 0, PAGES);
    ration_begin(&shared->creations);
    if (pthread_key_create(&shared->handle, close_handle) != 0)
        return false;
    shared->begun = true;
    shared->metrics = metrics_new();
    shared->group_commit = group_commit_new(shared->store);
    return shared->metrics != NULL && shared->group_commit != NULL;
}

void shared_end(struct shared *shared) {
    if (!shared->begun) /* a key that is not made may be a library's */
        return;
    close_handle(pthread_getspecific(shared->handle));
    pthread_key_delete(shared->handle);
    group_commit_free(&shared->group_commit);
    metrics_free(&shared->metrics);
    sem_destroy(&shared->pages);
    ration_end(&shared->creations);
    pthread_mutex_destroy(&shared->mutex);
}

struct tokenstore *shared_store(struct shared *shared) {
    struct tokenstore *store = pthread_getspecific(shared->handle);

    if (store != NULL)
        return store;
    if (tokenstore_open(shared->store, &store) == TOKENSTORE_OK &&
        tokenstore_set_memory(store, REMEMBERED) == TOKENSTORE_OK &&
        pthread_setspecific(shared->handle, store) == 0)
        return store;
    tokenstore_close(&store);
    return NULL;
}

bool shared_read_limits(struct shared *shared) {
    struct limits limits;
    char message[sizeof(shared->limits_message)] = "";
    const bool known =
        limits_read(shared->limits, &limits, message, sizeof(message));

    pthread_mutex_lock(&shared->mutex);
    shared->limits_known = known;
    if (known)
        shared->in_force = limits;
    snprintf(shared->limits_message, sizeof(shared->limits_message), "%s",
             message);
    pthread_mutex_unlock(&shared->mutex);
    return known;
}

bool shared_limits(struct shared *shared, struct limits *limits,
                   char message[static SHARED_MESSAGE_SIZE]) {
    bool known;

    pthread_mutex_lock(&shared->mutex);
    known = shared->limits_known;
    if (known)
        *limits = shared->in_force;
    else
        snprintf(message, SHARED_MESSAGE_SIZE, "%s", shared->limits_message);
    pthread_mutex_unlock(&shared->mutex);
    return known;
}
