/*
 * shared.c - see service.h.  What the limits' file says is read when asked,
 * at the start and on SIGHUP; where it cannot be read, changes are refused.
 */
#include <config.h>

#include "tools/accesstokend/shared/shared.h"

#include <stdio.h>

#include "tools/accesstokend/shared/group_commit.h"
#include "tools/accesstokend/shared/metrics.h"

/* Tokens that a thread remembers: 6 MB, where that many are in use. */
#define REMEMBERED 1024

static void close_handle(void *handle) {
    struct tokenstore *store = handle;

    tokenstore_close(&store);
}

bool service_begin(struct service *service) {
    pthread_mutex_init(&service->mutex, NULL);
    if (pthread_key_create(&service->handle, close_handle) != 0)
        return false;
    service->metrics = metrics_new();
    service->committer = committer_new(service->store);
    return service->metrics != NULL && service->committer != NULL;
}

void service_end(struct service *service) {
    close_handle(pthread_getspecific(service->handle));
    pthread_key_delete(service->handle);
    committer_free(&service->committer);
    metrics_free(&service->metrics);
    pthread_mutex_destroy(&service->mutex);
}

struct tokenstore *service_store(struct service *service) {
    struct tokenstore *store = pthread_getspecific(service->handle);

    if (store != NULL)
        return store;
    if (tokenstore_open(service->store, &store) == TOKENSTORE_OK &&
        tokenstore_set_memory(store, REMEMBERED) == TOKENSTORE_OK &&
        pthread_setspecific(service->handle, store) == 0)
        return store;
    tokenstore_close(&store);
    return NULL;
}

bool service_read_limits(struct service *service) {
    struct limits limits;
    char message[sizeof(service->limits_message)] = "";
    const bool known =
        limits_read(service->limits, &limits, message, sizeof(message));

    pthread_mutex_lock(&service->mutex);
    service->limits_known = known;
    if (known)
        service->in_force = limits;
    snprintf(service->limits_message, sizeof(service->limits_message), "%s",
             message);
    pthread_mutex_unlock(&service->mutex);
    return known;
}

bool service_limits(struct service *service, struct limits *limits,
                    char *message, size_t size) {
    bool known;

    pthread_mutex_lock(&service->mutex);
    known = service->limits_known;
    if (known)
        *limits = service->in_force;
    else
        snprintf(message, size, "%s", service->limits_message);
    pthread_mutex_unlock(&service->mutex);
    return known;
}
