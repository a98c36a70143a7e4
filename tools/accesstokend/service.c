/*
 * service.c - see service.h.  What the limits' file says is read when asked,
 * at the start and on SIGHUP; where it cannot be read, changes are refused.
 */
#include <config.h>

#include "service.h"

#include <stdio.h>

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
