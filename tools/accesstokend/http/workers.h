/*
 * workers.h - threads for requests that may take long, so that libmicrohttpd's
 * own threads can go on verifying.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_WORKERS_H
#define TOOLS_ACCESSTOKEND_HTTP_WORKERS_H

#include <pthread.h>
#include <stdbool.h>

struct workers {
    pthread_mutex_t mutex;
    pthread_cond_t idle;
    unsigned int count;
    bool ended; /* no more of them */
};

void workers_begin(struct workers *workers);
void workers_end(struct workers *workers);

/* Reserves a place for a worker; returns false if all are taken.  Every place
 * must be given back with workers_leave(), from any thread. */
bool workers_enter(struct workers *workers);
void workers_leave(struct workers *workers);

/* Runs a function in a thread of its own; returns false if no thread can be
 * made. */
bool workers_run(void *(*function)(void *), void *argument);

/* Lets no more workers enter, and waits until all have left. */
void workers_stop(struct workers *workers);

#endif
