/*
 * curl_start.c - start libcurl and jansson, once per process and for good.
 * Must never start them in a way that is unsafe beside other threads, never
 * leave a lock taken in a child that is forked meanwhile, and never open a
 * file that the environment names.
 */
#include "tokenstore/remote/http/curl_start.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "tokenstore/host/interruption.h"

/*
 * libcurl takes a lock when it starts and in each curl_easy_init(); jansson
 * waits for the thread that seeds its hash tables.  A child forked meanwhile
 * would wait for ever.  So both happen under this mutex, and fork() waits for
 * it.
 */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;
static bool fork_is_safe;
static bool started;

/* What the thread that has the mutex accepted before: a signal handler that
 * forks would wait for the mutex that its own thread has. */
static struct interruption held;

static void lock(void) {
    struct interruption before;

    interruption_hold(&before);
    pthread_mutex_lock(&starting);
    held = before;
}

static void unlock(void) {
    struct interruption before = held;

    pthread_mutex_unlock(&starting);
    interruption_allow(&before);
}

__attribute__((constructor)) static void watch_forks(void) {
    fork_is_safe = pthread_atfork(lock, unlock, unlock) == 0;
}

/* Returns what prevents the start, or NULL. */
static const char *start(void) {
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

    if (!fork_is_safe)
        return "out of memory";
    if ((curl->features & CURL_VERSION_THREADSAFE) == 0)
        return "this libcurl cannot be started beside other threads";
    /* libcurl would write the session keys into the file that this variable
     * names. */
    if (getenv("SSLKEYLOGFILE") != NULL)
        return "SSLKEYLOGFILE is set: libcurl would write keys to a file";
    json_object_seed(0);
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK
               ? NULL
               : "libcurl does not start";
}

CURL *curl_start_handle(const char **obstacle) {
    CURL *handle = NULL;

    *obstacle = NULL;
    lock();
    if (!started) {
        *obstacle = start();
        started = *obstacle == NULL;
    }
    if (started)
        handle = curl_easy_init();
    unlock();
    return handle;
}
