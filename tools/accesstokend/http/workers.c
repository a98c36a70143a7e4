/*
 * workers.c - threads for requests that may take long.
 */
#include <config.h>

#include "tools/accesstokend/http/workers.h"

#include <stddef.h>

#define WORKERS_MAX 256
#define STACK_SIZE ((size_t)512 * 1024)

void workers_begin(struct workers *workers) {
    pthread_mutex_init(&workers->mutex, NULL);
    pthread_cond_init(&workers->idle, NULL);
}

void workers_end(struct workers *workers) {
    pthread_cond_destroy(&workers->idle);
    pthread_mutex_destroy(&workers->mutex);
}

bool workers_enter(struct workers *workers) {
    bool room;

    pthread_mutex_lock(&workers->mutex);
    room = !workers->ended && workers->count < WORKERS_MAX;
    if (room)
        workers->count++;
    pthread_mutex_unlock(&workers->mutex);
    return room;
}

void workers_leave(struct workers *workers) {
    pthread_mutex_lock(&workers->mutex);
    workers->count--;
    pthread_cond_broadcast(&workers->idle);
    pthread_mutex_unlock(&workers->mutex);
}

bool workers_run(void *(*function)(void *), void *argument) {
    pthread_attr_t attributes;
    pthread_t thread;
    bool good;

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    good = pthread_create(&thread, &attributes, function, argument) == 0;
    pthread_attr_destroy(&attributes);
    return good;
}

void workers_stop(struct workers *workers) {
    pthread_mutex_lock(&workers->mutex);
    workers->ended = true;
    while (workers->count > 0)
        pthread_cond_wait(&workers->idle, &workers->mutex);
    pthread_mutex_unlock(&workers->mutex);
}
