/*
 * group_commit.c - changes of several requests in one transaction.  A change
 * begins at once if no other is being made and no other request is on its way.
 * Changes that arrive during a commit wait; then the first of them makes them
 * all together.  Must never answer for a change before it is durable.
 */
#include <config.h>

#include "tools/accesstokend/shared/group_commit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/common/monotonic.h"

#define WAITING_MAX TOKENSTORE_CHANGES_MAX

/* Requests on their way first look up their callers in the store, which cannot
 * be read during a commit. */
long group_commit_patience = 5000000;

struct job {
    struct job *next;
    struct tokenstore_change *change;
    bool done;
};

struct group_commit {
    struct tokenstore *store;
    pthread_mutex_t mutex;
    pthread_cond_t ended;   /* a transaction has ended */
    pthread_cond_t arrived; /* a change is ready, or a request has ended */
    bool busy;              /* a thread makes changes, without the mutex */
    size_t announced;       /* requests, including those that wait here */
    struct tokenstore_limits limits;
    struct job *first, **end;
    size_t count;
    struct tokenstore_change changes[WAITING_MAX];
};

struct group_commit *group_commit_new(const char *store) {
    struct group_commit *group = calloc(1, sizeof(*group));
    pthread_condattr_t attributes;

    if (group == NULL)
        return NULL;
    if (tokenstore_open(store, &group->store) != TOKENSTORE_OK) {
        free(group);
        return NULL;
    }
    pthread_mutex_init(&group->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&group->ended, &attributes);
    pthread_cond_init(&group->arrived, &attributes);
    pthread_condattr_destroy(&attributes);
    group->end = &group->first;
    return group;
}

void group_commit_free(struct group_commit **group) {
    if (*group == NULL)
        return;
    pthread_cond_destroy(&(*group)->arrived);
    pthread_cond_destroy(&(*group)->ended);
    pthread_mutex_destroy(&(*group)->mutex);
    tokenstore_close(&(*group)->store);
    free(*group);
    *group = NULL;
}

void group_commit_announce(struct group_commit *group) {
    pthread_mutex_lock(&group->mutex);
    group->announced++;
    pthread_mutex_unlock(&group->mutex);
}

void group_commit_end(struct group_commit *group) {
    pthread_mutex_lock(&group->mutex);
    group->announced--;
    pthread_cond_signal(&group->arrived);
    pthread_mutex_unlock(&group->mutex);
}

static struct timespec deadline(void) {
    const int64_t end = monotonic_now() + group_commit_patience;

    return (struct timespec){
        .tv_sec = (time_t)(end / MONOTONIC_SECOND),
        .tv_nsec = (long)(end % MONOTONIC_SECOND),
    };
}

/* The caller holds the mutex, which is released while it waits. */
static void wait_for_announced(struct group_commit *group) {
    const struct timespec end = deadline();

    while (group->announced > group->count && group->count < WAITING_MAX &&
           pthread_cond_timedwait(&group->arrived, &group->mutex, &end) == 0)
        continue;
}

/* Makes all changes that wait.  The caller holds the mutex, which is released
 * during the transaction. */
static void work(struct group_commit *group) {
    struct job *jobs = group->first;
    const size_t count = group->count;
    const struct tokenstore_limits limits = group->limits;
    size_t i = 0;

    group->first = NULL;
    group->end = &group->first;
    group->count = 0;
    pthread_mutex_unlock(&group->mutex);

    for (struct job *job = jobs; job != NULL; job = job->next)
        group->changes[i++] = *job->change;
    tokenstore_set_limits(group->store, &limits);
    /* The result does not matter: each change has an outcome of its own. */
    (void)!tokenstore_apply(group->store, group->changes, count, time(NULL));

    pthread_mutex_lock(&group->mutex);
    i = 0;
    for (struct job *job = jobs; job != NULL; job = job->next) {
        *job->change = group->changes[i++];
        job->done = true; /* from now on its owner may free it */
    }
    tokenstore_wipe(group->changes, count * sizeof(*group->changes));
}

bool group_commit_change(struct group_commit *group,
                         const struct tokenstore_limits *limits,
                         struct tokenstore_change *change) {
    struct job job = {.change = change};

    pthread_mutex_lock(&group->mutex);
    if (group->count == WAITING_MAX) {
        pthread_mutex_unlock(&group->mutex);
        return false;
    }
    *group->end = &job;
    group->end = &job.next;
    group->count++;
    if (limits != NULL)
        group->limits = *limits;
    pthread_cond_signal(&group->arrived);
    while (!job.done) {
        if (group->busy) {
            pthread_cond_wait(&group->ended, &group->mutex);
            continue;
        }
        group->busy = true;
        wait_for_announced(group);
        work(group);
        group->busy = false;
        pthread_cond_broadcast(&group->ended);
    }
    pthread_mutex_unlock(&group->mutex);
    return true;
}
