/*
 * ration.c - a token bucket for each user, in the form of one time: when the
 * user's bucket will be full again.
 */
#include <config.h>

#include "tools/accesstokend/shared/ration.h"

void ration_begin(struct ration *ration) {
    pthread_mutex_init(&ration->mutex, NULL);
}

void ration_end(struct ration *ration) {
    pthread_mutex_destroy(&ration->mutex);
}

/* The caller of the next two holds the mutex. */
static size_t find_user(const struct ration *ration, uint64_t user) {
    size_t i = 0;

    while (i < ration->count && ration->users[i].user != user)
        i++;
    return i;
}

/* The place of a user who is not there yet. */
static size_t add_user(struct ration *ration, uint64_t user) {
    size_t place = 0;

    if (ration->count < RATION_USERS)
        place = ration->count++;
    else
        for (size_t i = 1; i < RATION_USERS; i++)
            if (ration->users[i].full < ration->users[place].full)
                place = i;
    ration->users[place].user = user;
    ration->users[place].full = 0;
    return place;
}

int64_t ration_take(struct ration *ration, uint64_t user, uint32_t burst,
                    int64_t interval, int64_t now) {
    int64_t full, window, missing = 0;
    size_t i;

    if (__builtin_mul_overflow(interval, burst, &window) ||
        window > INT64_MAX / 2)
        window = INT64_MAX / 2;
    pthread_mutex_lock(&ration->mutex);
    i = find_user(ration, user);
    if (i == ration->count)
        i = add_user(ration, user);
    full = ration->users[i].full > now ? ration->users[i].full : now;
    /* The interval may be as long as the window, but not longer. */
    if (full - now > window - interval)
        missing = full - now - (window - interval);
    else
        ration->users[i].full = full + interval;
    pthread_mutex_unlock(&ration->mutex);
    return missing;
}

void ration_give_back(struct ration *ration, uint64_t user, int64_t interval) {
    size_t i;

    pthread_mutex_lock(&ration->mutex);
    i = find_user(ration, user);
    if (i < ration->count)
        ration->users[i].full -= interval;
    pthread_mutex_unlock(&ration->mutex);
}
