/*
 * metrics.h - what is counted for Prometheus.  Names no token and no user.
 */
#ifndef TOOLS_ACCESSTOKEND_SHARED_METRICS_H
#define TOOLS_ACCESSTOKEND_SHARED_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"
#include "tools/accesstokend/request/route.h"

#define METRICS_STATUS_COUNT 16
#define METRICS_BOUND_COUNT 11
#define METRICS_REASON_COUNT (TOKENSTORE_REASON_MALFORMED + 1)

/* The HTTP statuses that are counted; all others count as the last one. */
extern const unsigned int metrics_statuses[METRICS_STATUS_COUNT];

/* The upper bounds of durations, in microseconds. */
extern const int64_t metrics_bounds[METRICS_BOUND_COUNT];

/* All counts since the start. */
struct metrics_counts {
    uint64_t requests[ROUTE_COUNT][METRICS_STATUS_COUNT];
    /* Not cumulative; the last one has no bound. */
    uint64_t durations[ROUTE_COUNT][METRICS_BOUND_COUNT + 1];
    uint64_t microseconds[ROUTE_COUNT]; /* the sum of the durations */
    uint64_t accepted, not_tokens, unavailable;
    uint64_t refused[METRICS_REASON_COUNT]; /* by reason; NONE: unused */
};

/* The tokens in the store. */
struct metrics_census {
    uint64_t active, disabled, expired;
};

struct metrics;

/* Returns NULL without memory. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics **metrics);

/* Counts a request that was answered.  It costs atomic additions and takes no
 * lock, as does the next function. */
void metrics_request(struct metrics *metrics, enum route route,
                     unsigned int status, int64_t microseconds);

/* Counts a token that was verified for another program. */
void metrics_verification(struct metrics *metrics, enum tokenstore_error error,
                          enum tokenstore_reason reason);

/* Copies the counts. */
void metrics_read(struct metrics *metrics, struct metrics_counts *counts);

/*
 * Goes on counting the store's tokens (NULL: the store cannot be opened) for
 * half a second at most; later calls continue.  Returns true and the last
 * complete census, or false if there is none yet.
 */
bool metrics_take_census(struct metrics *metrics, struct tokenstore *store,
                         int64_t now, struct metrics_census *census);

#endif
