/*
 * metrics.c - counts for Prometheus: atomic counters for requests, and a
 * census of the store's tokens, which may be millions and so are counted a
 * part at a time.
 */
#include <config.h>

#include "tools/accesstokend/shared/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tools/common/monotonic.h"

/* How long one call may count tokens. */
#define CENSUS_NANOSECONDS (MONOTONIC_SECOND / 2)

const unsigned int metrics_statuses[METRICS_STATUS_COUNT] = {
    200, 400, 401, 403, 404, 405, 409, 411,
    413, 414, 415, 429, 431, 503, 505, 500};

const int64_t metrics_bounds[METRICS_BOUND_COUNT] = {
    100, 250, 500, 1000, 2500, 10000, 25000, 100000, 250000, 1000000, 2500000};

typedef atomic_uint_fast64_t count;

struct metrics {
    count requests[ROUTE_COUNT][METRICS_STATUS_COUNT];
    count durations[ROUTE_COUNT][METRICS_BOUND_COUNT + 1];
    count microseconds[ROUTE_COUNT];
    count accepted, not_tokens, unavailable;
    count refused[METRICS_REASON_COUNT];

    /* The census; the mutex guards it. */
    pthread_mutex_t mutex;
    uint64_t after; /* the id that was counted last */
    struct metrics_census running, known;
    bool is_known;
};

struct metrics *metrics_new(void) {
    struct metrics *metrics = calloc(1, sizeof(*metrics));

    if (metrics != NULL)
        pthread_mutex_init(&metrics->mutex, NULL);
    return metrics;
}

void metrics_free(struct metrics **metrics) {
    if (*metrics != NULL)
        pthread_mutex_destroy(&(*metrics)->mutex);
    free(*metrics);
    *metrics = NULL;
}

/* ----------------------------------------------------------------- counting
 */

static void add(count *counter, uint64_t number) {
    atomic_fetch_add_explicit(counter, number, memory_order_relaxed);
}

static uint64_t get(count *counter) {
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_request(struct metrics *metrics, enum route route,
                     unsigned int status, int64_t microseconds) {
    size_t column = 0, bucket = 0;

    while (column < METRICS_STATUS_COUNT - 1 &&
           metrics_statuses[column] != status)
        column++;
    add(&metrics->requests[route][column], 1);
    while (bucket < METRICS_BOUND_COUNT &&
           microseconds > metrics_bounds[bucket])
        bucket++;
    add(&metrics->durations[route][bucket], 1);
    add(&metrics->microseconds[route], (uint64_t)microseconds);
}

/* Without a default, so that the compiler asks for the place of a new reason;
 * METRICS_REASON_COUNT has to grow with it. */
static size_t place_of(enum tokenstore_reason reason) {
    switch (reason) {
    case TOKENSTORE_REASON_NONE:
    case TOKENSTORE_REASON_UNKNOWN:
    case TOKENSTORE_REASON_SECRET:
    case TOKENSTORE_REASON_DISABLED:
    case TOKENSTORE_REASON_EXPIRED:
    case TOKENSTORE_REASON_USER:
    case TOKENSTORE_REASON_SCOPE:
    case TOKENSTORE_REASON_NETWORK:
    case TOKENSTORE_REASON_INVALID:
    case TOKENSTORE_REASON_MALFORMED:
        return (size_t)reason < METRICS_REASON_COUNT ? (size_t)reason : 0;
    }
    return 0;
}

void metrics_verification(struct metrics *metrics, enum tokenstore_error error,
                          enum tokenstore_reason reason) {
    if (error == TOKENSTORE_OK)
        add(&metrics->accepted, 1);
    else if (error == TOKENSTORE_ERROR_INVALID_BEARER)
        add(&metrics->not_tokens, 1);
    else if (error == TOKENSTORE_ERROR_REFUSED)
        add(&metrics->refused[place_of(reason)], 1);
    else
        add(&metrics->unavailable, 1);
}

void metrics_read(struct metrics *metrics, struct metrics_counts *counts) {
    for (enum route route = ROUTE_NONE; route < ROUTE_COUNT; route++) {
        for (size_t i = 0; i < METRICS_STATUS_COUNT; i++)
            counts->requests[route][i] = get(&metrics->requests[route][i]);
        for (size_t i = 0; i <= METRICS_BOUND_COUNT; i++)
            counts->durations[route][i] = get(&metrics->durations[route][i]);
        counts->microseconds[route] = get(&metrics->microseconds[route]);
    }
    counts->accepted = get(&metrics->accepted);
    counts->not_tokens = get(&metrics->not_tokens);
    counts->unavailable = get(&metrics->unavailable);
    for (size_t i = 0; i < METRICS_REASON_COUNT; i++)
        counts->refused[i] = get(&metrics->refused[i]);
}

/* ------------------------------------------------------------------- census
 */

static void count_page(const struct tokenstore_list *list, int64_t now,
                       struct metrics_census *census) {
    for (size_t i = 0; i < tokenstore_list_count(list); i++)
        switch (tokenstore_token_status(tokenstore_list_token(list, i), now)) {
        case TOKENSTORE_STATUS_ACTIVE:
            census->active++;
            break;
        case TOKENSTORE_STATUS_DISABLED:
            census->disabled++;
            break;
        case TOKENSTORE_STATUS_EXPIRED:
            census->expired++;
            break;
        }
}

/* Counts from where the last call ended; the caller holds the mutex. */
static void continue_census(struct metrics *metrics, struct tokenstore *store,
                            int64_t now) {
    const int64_t end = monotonic_now() + CENSUS_NANOSECONDS;
    struct tokenstore_list *list = NULL;

    do {
        if (tokenstore_list(store, NULL, metrics->after, TOKENSTORE_LIMIT_MAX,
                            &list) != TOKENSTORE_OK)
            return;
        count_page(list, now, &metrics->running);
        metrics->after = tokenstore_list_next(list);
        if (metrics->after == 0) {
            metrics->known = metrics->running;
            metrics->is_known = true;
            metrics->running = (struct metrics_census){0};
        }
        tokenstore_list_free(&list);
    } while (metrics->after != 0 && monotonic_now() < end);
}

bool metrics_take_census(struct metrics *metrics, struct tokenstore *store,
                         int64_t now, struct metrics_census *census) {
    bool known;

    pthread_mutex_lock(&metrics->mutex);
    if (store != NULL)
        continue_census(metrics, store, now);
    known = metrics->is_known;
    *census = metrics->known;
    pthread_mutex_unlock(&metrics->mutex);
    return known;
}
