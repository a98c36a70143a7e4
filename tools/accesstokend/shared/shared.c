/*
 * shared.c - what all requests share.  limits.conf is read again before the
 * next change when the file is another; while it cannot be read, changes are
 * refused.
 */
#include <config.h>

#include "tools/accesstokend/shared/shared.h"

#include <stdio.h>
#include <sys/stat.h>
#include <syslog.h>

#include "tools/accesstokend/shared/group_commit.h"
#include "tools/accesstokend/shared/log.h"
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

/* What tells one version of limits.conf from another; all zero: no file. */
static struct limits_version look_at_limits(const struct shared *shared) {
    const char *path =
        shared->limits != NULL ? shared->limits : limits_default_path();
    struct limits_version version = {0};
    struct stat status;

    if (stat(path, &status) == 0)
        version = (struct limits_version){status.st_dev, status.st_ino,
                                          status.st_size, status.st_mtim,
                                          status.st_ctim};
    return version;
}

static bool is_same_time(struct timespec a, struct timespec b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same_version(const struct limits_version *a,
                            const struct limits_version *b) {
    return a->device == b->device && a->inode == b->inode &&
           a->size == b->size && is_same_time(a->modified, b->modified) &&
           is_same_time(a->changed, b->changed);
}

void shared_read_limits(struct shared *shared) {
    struct limits limits;
    char message[sizeof(shared->limits_message)] = "";
    /* Before reading, so that a change in between is seen next time. */
    const struct limits_version version = look_at_limits(shared);
    const bool known =
        limits_read(shared->limits, &limits, message, sizeof(message));

    if (!known)
        log_line(LOG_ERR, "changes are refused: %s", message);
    pthread_mutex_lock(&shared->mutex);
    shared->limits_version = version;
    shared->limits_known = known;
    if (known)
        shared->in_force = limits;
    snprintf(shared->limits_message, sizeof(shared->limits_message), "%s",
             message);
    pthread_mutex_unlock(&shared->mutex);
}

/* Reads limits.conf again if it is not the one that was read. */
static void follow_limits(struct shared *shared) {
    const struct limits_version version = look_at_limits(shared);
    bool same;

    pthread_mutex_lock(&shared->mutex);
    same = is_same_version(&version, &shared->limits_version);
    pthread_mutex_unlock(&shared->mutex);
    if (same)
        return;
    log_line(LOG_NOTICE, "limits.conf has changed");
    shared_read_limits(shared);
}

bool shared_limits(struct shared *shared, struct limits *limits,
                   char message[static SHARED_MESSAGE_SIZE]) {
    bool known;

    follow_limits(shared);
    pthread_mutex_lock(&shared->mutex);
    known = shared->limits_known;
    if (known)
        *limits = shared->in_force;
    else
        snprintf(message, SHARED_MESSAGE_SIZE, "%s", shared->limits_message);
    pthread_mutex_unlock(&shared->mutex);
    return known;
}
