/*
 * group_commit.c - changes that share a transaction (group commit).  A change
 * that finds nobody at work, and no other request on its way, begins at once;
 * those that arrive while it commits wait, and are then made together by the
 * first of them.  Must never answer for a change before it is durable.
 */
#include <config.h>

#include "tools/accesstokend/shared/group_commit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* As many as a transaction takes. */
#define WAITING_MAX 1000

/* Callers have to be looked up in the store, which nobody can read during a
 * commit. */
long commit_patience = 5000000;

struct job {
    struct job *next;
    struct tokenstore_change *change;
    bool done;
};

struct committer {
    struct tokenstore *store;
    pthread_mutex_t mutex;
    pthread_cond_t ended;   /* the work of somebody */
    pthread_cond_t arrived; /* one that was announced, or it never will */
    bool busy;              /* somebody is at work, without the mutex */
    size_t announced;       /* requests, those that wait here included */
    struct tokenstore_limits limits;
    struct job *first, **end;
    size_t count;
    struct tokenstore_change changes[WAITING_MAX];
};

struct committer *committer_new(const char *store) {
    struct committer *committer = calloc(1, sizeof(*committer));
    pthread_condattr_t attributes;

    if (committer == NULL)
        return NULL;
    if (tokenstore_open(store, &committer->store) != TOKENSTORE_OK) {
        free(committer);
        return NULL;
    }
    pthread_mutex_init(&committer->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&committer->ended, &attributes);
    pthread_cond_init(&committer->arrived, &attributes);
    pthread_condattr_destroy(&attributes);
    committer->end = &committer->first;
    return committer;
}

void committer_free(struct committer **committer) {
    if (*committer == NULL)
        return;
    pthread_cond_destroy(&(*committer)->arrived);
    pthread_cond_destroy(&(*committer)->ended);
    pthread_mutex_destroy(&(*committer)->mutex);
    tokenstore_close(&(*committer)->store);
    free(*committer);
    *committer = NULL;
}

void commit_announce(struct committer *committer) {
    pthread_mutex_lock(&committer->mutex);
    committer->announced++;
    pthread_mutex_unlock(&committer->mutex);
}

void commit_end(struct committer *committer) {
    pthread_mutex_lock(&committer->mutex);
    committer->announced--;
    pthread_cond_signal(&committer->arrived);
    pthread_mutex_unlock(&committer->mutex);
}

static struct timespec deadline(void) {
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += commit_patience;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

/* With the mutex, which it gives up meanwhile. */
static void wait_for_announced(struct committer *committer) {
    const struct timespec end = deadline();

    while (committer->announced > committer->count &&
           committer->count < WAITING_MAX &&
           pthread_cond_timedwait(&committer->arrived, &committer->mutex,
                                  &end) == 0)
        continue;
}

/* Make all that waits; called with the mutex, which it gives up meanwhile. */
static void work(struct committer *committer) {
    struct job *jobs = committer->first, *job;
    const size_t count = committer->count;
    const struct tokenstore_limits limits = committer->limits;
    size_t i = 0;

    committer->first = NULL;
    committer->end = &committer->first;
    committer->count = 0;
    pthread_mutex_unlock(&committer->mutex);

    for (job = jobs; job != NULL; job = job->next)
        committer->changes[i++] = *job->change;
    tokenstore_set_limits(committer->store, &limits);
    /* Whatever came of it, each change has its own outcome. */
    (void)!tokenstore_apply(committer->store, committer->changes, count,
                            time(NULL));

    pthread_mutex_lock(&committer->mutex);
    for (i = 0, job = jobs; job != NULL; job = job->next, i++) {
        *job->change = committer->changes[i];
        job->done = true; /* after this, job is its owner's again */
    }
    tokenstore_wipe(committer->changes, count * sizeof(*committer->changes));
}

bool commit_change(struct committer *committer,
                   const struct tokenstore_limits *limits,
                   struct tokenstore_change *change) {
    struct job job = {.change = change};

    pthread_mutex_lock(&committer->mutex);
    if (committer->count == WAITING_MAX) {
        pthread_mutex_unlock(&committer->mutex);
        return false;
    }
    *committer->end = &job;
    committer->end = &job.next;
    committer->count++;
    if (limits != NULL)
        committer->limits = *limits;
    pthread_cond_signal(&committer->arrived);
    while (!job.done) {
        if (committer->busy) {
            pthread_cond_wait(&committer->ended, &committer->mutex);
            continue;
        }
        committer->busy = true;
        wait_for_announced(committer);
        work(committer);
        committer->busy = false;
        pthread_cond_broadcast(&committer->ended);
    }
    pthread_mutex_unlock(&committer->mutex);
    return true;
}
