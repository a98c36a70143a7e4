/*
 * metrics_page.c - all counts as a page for Prometheus.  Never names a token
 * or a user.
 */
#include <config.h>

#include "tools/accesstokend/routes/metrics_page.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/accesstokend/auth/rights.h"
#include "tools/accesstokend/shared/metrics.h"

static void put_requests(const struct metrics_counts *counts, FILE *file) {
    fputs("# HELP accesstokend_requests_total Requests answered.\n"
          "# TYPE accesstokend_requests_total counter\n",
          file);
    for (enum route route = ROUTE_NONE; route < ROUTE_COUNT; route++)
        for (size_t i = 0; i < METRICS_STATUS_COUNT; i++)
            if (counts->requests[route][i] > 0)
                fprintf(file,
                        "accesstokend_requests_total{route=\"%s\","
                        "status=\"%u\"} %" PRIu64 "\n",
                        route_name(route), metrics_statuses[i],
                        counts->requests[route][i]);
}

/* The buckets of one route, each of which includes the ones before it. */
static void put_buckets(const char *name, const char *label,
                        const uint64_t durations[METRICS_BOUND_COUNT + 1],
                        uint64_t microseconds, FILE *file) {
    uint64_t total = 0;

    for (size_t i = 0; i < METRICS_BOUND_COUNT; i++) {
        total += durations[i];
        fprintf(file, "%s_bucket{route=\"%s\",le=\"%g\"} %" PRIu64 "\n", name,
                label, (double)metrics_bounds[i] / 1e6, total);
    }
    total += durations[METRICS_BOUND_COUNT];
    fprintf(file,
            "%s_bucket{route=\"%s\",le=\"+Inf\"} %" PRIu64 "\n"
            "%s_sum{route=\"%s\"} %.6f\n%s_count{route=\"%s\"} %" PRIu64 "\n",
            name, label, total, name, label, (double)microseconds / 1e6, name,
            label, total);
}

static void put_durations(const struct metrics_counts *counts, FILE *file) {
    const char *name = "accesstokend_request_duration_seconds";

    fprintf(file,
            "# HELP %s From the whole request to its answer.\n"
            "# TYPE %s histogram\n",
            name, name);
    for (enum route route = ROUTE_NONE; route < ROUTE_COUNT; route++)
        put_buckets(name, route_name(route), counts->durations[route],
                    counts->microseconds[route], file);
}

static void put_verifications(const struct metrics_counts *counts,
                              FILE *file) {
    const char *name = "accesstokend_verifications_total";

    fprintf(file,
            "# HELP %s Tokens verified for others, by result.\n"
            "# TYPE %s counter\n"
            "%s{result=\"ok\"} %" PRIu64 "\n"
            "%s{result=\"not_a_token\"} %" PRIu64 "\n"
            "%s{result=\"unavailable\"} %" PRIu64 "\n",
            name, name, name, counts->accepted, name, counts->not_tokens, name,
            counts->unavailable);
    for (enum tokenstore_reason reason = TOKENSTORE_REASON_UNKNOWN;
         reason < METRICS_REASON_COUNT; reason++)
        fprintf(file, "%s{result=\"%s\"} %" PRIu64 "\n", name,
                tokenstore_reason_name(reason), counts->refused[reason]);
}

static void put_tokens(const struct metrics_census *census, FILE *file) {
    const char *name = "accesstokend_tokens";

    fprintf(file,
            "# HELP %s Tokens in the store, as last counted.\n"
            "# TYPE %s gauge\n"
            "%s{state=\"active\"} %" PRIu64 "\n"
            "%s{state=\"disabled\"} %" PRIu64 "\n"
            "%s{state=\"expired\"} %" PRIu64 "\n",
            name, name, name, census->active, name, census->disabled, name,
            census->expired);
}

/* If the store cannot be read, the other numbers are written all the same. */
static void put_all(const struct call *call, FILE *file) {
    struct metrics *metrics = call->shared->metrics;
    struct metrics_census census;
    struct metrics_counts counts;
    struct tokenstore *store = NULL;

    metrics_read(metrics, &counts);
    put_requests(&counts, file);
    put_durations(&counts, file);
    put_verifications(&counts, file);
    if (tokenstore_open(call->shared->store, &store) != TOKENSTORE_OK)
        store = NULL;
    if (metrics_take_census(metrics, store, call->request->now, &census))
        put_tokens(&census, file);
    tokenstore_close(&store);
}

void handle_metrics(const struct call *call, struct answer *answer) {
    struct json_writer *text = &answer->body;
    bool good;
    FILE *file;

    if (!rights_may_measure(call->caller)) {
        answer_error(answer, 403, "only administrators may read the metrics");
        return;
    }
    file = open_memstream(&text->data, &text->length);
    if (file != NULL)
        put_all(call, file);
    good = file != NULL && fclose(file) == 0;
    text->size = text->length;
    if (good)
        answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
    else
        answer_store_error(answer, TOKENSTORE_ERROR_NO_MEMORY, NULL);
}
