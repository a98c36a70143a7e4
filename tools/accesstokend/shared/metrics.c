/*
 * metrics.c - counts for Prometheus.  Counting costs an atomic addition and
 * takes no lock.  Names no token and no user.
 */
#include <config.h>

#include "tools/accesstokend/shared/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/accesstokend/request/answer.h"
#include "tools/accesstokend/request/route.h"

/* How long one look at the metrics may count tokens. */
#define CENSUS_NANOSECONDS 500000000

/* Whatever else there is counts as the last. */
static const unsigned int statuses[] = {200, 400, 401, 403, 404, 405,
                                        409, 411, 413, 414, 415, 429,
                                        431, 503, 505, 500};
#define STATUS_COUNT (sizeof(statuses) / sizeof(*statuses))

/* Upper bounds, in microseconds; the last bucket has none. */
static const int64_t bounds[] = {100,   250,    500,    1000,    2500,   10000,
                                 25000, 100000, 250000, 1000000, 2500000};
#define BOUND_COUNT (sizeof(bounds) / sizeof(*bounds))

#define REASON_COUNT (TOKENSTORE_REASON_NETWORK + 1)

typedef atomic_uint_fast64_t count;

struct tally {
    uint64_t active, disabled, expired;
};

struct metrics {
    count requests[ROUTE_COUNT][STATUS_COUNT];
    count durations[ROUTE_COUNT][BOUND_COUNT + 1];
    count microseconds[ROUTE_COUNT];
    count accepted, not_tokens, unavailable;
    count refused[REASON_COUNT];

    /* Tokens are counted a piece at each look: there may be millions. */
    pthread_mutex_t mutex;
    uint64_t after;
    struct tally running, known;
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

static void add(count *counter, uint64_t number) {
    atomic_fetch_add_explicit(counter, number, memory_order_relaxed);
}

static uint64_t get(count *counter) {
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_request(struct metrics *metrics, enum route route,
                     unsigned int status, int64_t microseconds) {
    size_t i;

    for (i = 0; i < STATUS_COUNT - 1; i++)
        if (statuses[i] == status)
            break;
    add(&metrics->requests[route][i], 1);
    for (i = 0; i < BOUND_COUNT; i++)
        if (microseconds <= bounds[i])
            break;
    add(&metrics->durations[route][i], 1);
    add(&metrics->microseconds[route], (uint64_t)microseconds);
}

void metrics_verification(struct metrics *metrics, enum tokenstore_error error,
                          enum tokenstore_reason reason) {
    if (error == TOKENSTORE_OK)
        add(&metrics->accepted, 1);
    else if (error == TOKENSTORE_ERROR_INVALID_BEARER)
        add(&metrics->not_tokens, 1);
    else if (error == TOKENSTORE_ERROR_REFUSED)
        add(&metrics->refused[reason], 1);
    else
        add(&metrics->unavailable, 1);
}

/* ------------------------------------------------------------------- tokens
 */

static void count_page(const struct tokenstore_list *list, int64_t now,
                       struct tally *tally) {
    size_t i;

    for (i = 0; i < tokenstore_list_count(list); i++)
        switch (tokenstore_token_status(tokenstore_list_token(list, i), now)) {
        case TOKENSTORE_STATUS_ACTIVE:
            tally->active++;
            break;
        case TOKENSTORE_STATUS_DISABLED:
            tally->disabled++;
            break;
        case TOKENSTORE_STATUS_EXPIRED:
            tally->expired++;
            break;
        }
}

static int64_t nanoseconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Go on counting where the last look ended; with the mutex. */
static enum tokenstore_error
take_census(struct metrics *metrics, struct tokenstore *store, int64_t now) {
    const int64_t end = nanoseconds() + CENSUS_NANOSECONDS;
    enum tokenstore_error error = TOKENSTORE_OK;
    struct tokenstore_list *list = NULL;

    do {
        error = tokenstore_list(store, NULL, metrics->after,
                                TOKENSTORE_LIMIT_MAX, &list);
        if (error != TOKENSTORE_OK)
            break;
        count_page(list, now, &metrics->running);
        metrics->after = tokenstore_list_next(list);
        if (metrics->after == 0) {
            metrics->known = metrics->running;
            metrics->is_known = true;
            metrics->running = (struct tally){0};
        }
        tokenstore_list_free(&list);
    } while (metrics->after != 0 && nanoseconds() < end);
    return error;
}

/* --------------------------------------------------------------------- text
 */

static void put_requests(struct metrics *metrics, FILE *file) {
    enum route route;
    size_t i;

    fputs("# HELP accesstokend_requests_total Requests answered.\n"
          "# TYPE accesstokend_requests_total counter\n",
          file);
    for (route = ROUTE_NONE; route < ROUTE_COUNT; route++)
        for (i = 0; i < STATUS_COUNT; i++)
            if (get(&metrics->requests[route][i]) > 0)
                fprintf(file,
                        "accesstokend_requests_total{route=\"%s\","
                        "status=\"%u\"} %" PRIu64 "\n",
                        route_name(route), statuses[i],
                        get(&metrics->requests[route][i]));
}

static void put_durations(struct metrics *metrics, FILE *file) {
    const char *name = "accesstokend_request_duration_seconds";
    enum route route;
    size_t i;

    fprintf(file,
            "# HELP %s From the whole request to its answer.\n"
            "# TYPE %s histogram\n",
            name, name);
    for (route = ROUTE_NONE; route < ROUTE_COUNT; route++) {
        const char *label = route_name(route);
        uint64_t total = 0;

        for (i = 0; i < BOUND_COUNT; i++) {
            total += get(&metrics->durations[route][i]);
            fprintf(file, "%s_bucket{route=\"%s\",le=\"%g\"} %" PRIu64 "\n",
                    name, label, (double)bounds[i] / 1e6, total);
        }
        total += get(&metrics->durations[route][i]);
        fprintf(file,
                "%s_bucket{route=\"%s\",le=\"+Inf\"} %" PRIu64 "\n"
                "%s_sum{route=\"%s\"} %.6f\n%s_count{route=\"%s\"} %" PRIu64
                "\n",
                name, label, total, name, label,
                (double)get(&metrics->microseconds[route]) / 1e6, name, label,
                total);
    }
}

static void put_verifications(struct metrics *metrics, FILE *file) {
    const char *name = "accesstokend_verifications_total";
    enum tokenstore_reason reason;

    fprintf(file,
            "# HELP %s Tokens verified for others, by result.\n"
            "# TYPE %s counter\n"
            "%s{result=\"ok\"} %" PRIu64 "\n"
            "%s{result=\"not_a_token\"} %" PRIu64 "\n"
            "%s{result=\"unavailable\"} %" PRIu64 "\n",
            name, name, name, get(&metrics->accepted), name,
            get(&metrics->not_tokens), name, get(&metrics->unavailable));
    for (reason = TOKENSTORE_REASON_UNKNOWN; reason < REASON_COUNT; reason++)
        fprintf(file, "%s{result=\"%s\"} %" PRIu64 "\n", name,
                tokenstore_reason_name(reason),
                get(&metrics->refused[reason]));
}

static void put_tokens(const struct metrics *metrics, FILE *file) {
    const char *name = "accesstokend_tokens";

    if (!metrics->is_known)
        return;
    fprintf(file,
            "# HELP %s Tokens in the store, as last counted.\n"
            "# TYPE %s gauge\n"
            "%s{state=\"active\"} %" PRIu64 "\n"
            "%s{state=\"disabled\"} %" PRIu64 "\n"
            "%s{state=\"expired\"} %" PRIu64 "\n",
            name, name, name, metrics->known.active, name,
            metrics->known.disabled, name, metrics->known.expired);
}

enum tokenstore_error metrics_write(struct shared *shared, int64_t now,
                                    struct json_writer *text) {
    struct metrics *metrics = shared->metrics;
    struct tokenstore *store = NULL;
    FILE *file = open_memstream(&text->data, &text->length);
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;

    if (file == NULL)
        return error;
    put_requests(metrics, file);
    put_durations(metrics, file);
    put_verifications(metrics, file);
    pthread_mutex_lock(&metrics->mutex);
    /* Where the store is no good, the other numbers still are. */
    if (tokenstore_open(shared->store, &store) == TOKENSTORE_OK)
        (void)!take_census(metrics, store, now);
    put_tokens(metrics, file);
    pthread_mutex_unlock(&metrics->mutex);
    tokenstore_close(&store);
    if (fclose(file) == 0)
        error = TOKENSTORE_OK;
    text->size = text->length;
    return error;
}
