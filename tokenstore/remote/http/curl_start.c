/*
 * curl_start.c - start libcurl and jansson, once in a process and for good.
 * Must never do so beside threads that could be hurt, nor leave a lock behind
 * in a child that is forked meanwhile, nor open what the environment names.
 */
#include "tokenstore/remote/http/curl_start.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/*
 * libcurl guards its first start, and every curl_easy_init, by a lock that a
 * forked child could find taken for ever, and jansson waits likewise for the
 * thread that seeds its tables.
 */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;
static bool fork_is_safe;
static bool started;

static void lock(void) { pthread_mutex_lock(&starting); }

static void unlock(void) { pthread_mutex_unlock(&starting); }

__attribute__((constructor)) static void watch_forks(void) {
    fork_is_safe = pthread_atfork(lock, unlock, unlock) == 0;
}

/* What is in the way, or NULL. */
static const char *start(void) {
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

    if (!fork_is_safe)
        return "out of memory";
    if ((curl->features & CURL_VERSION_THREADSAFE) == 0)
        return "this libcurl cannot be started beside other threads";
    /* libcurl would open that file, for whoever set the variable. */
    if (getenv("SSLKEYLOGFILE") != NULL)
        return "SSLKEYLOGFILE is set: libcurl would write keys to a file";
    json_object_seed(0);
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK
               ? NULL
               : "libcurl does not start";
}

CURL *start_handle(const char **obstacle) {
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
