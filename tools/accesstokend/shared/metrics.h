/*
 * metrics.h - counts for Prometheus (text format 0.0.4).  See metrics.c.
 */
#ifndef TOOLS_ACCESSTOKEND_SHARED_METRICS_H
#define TOOLS_ACCESSTOKEND_SHARED_METRICS_H

#include <stdint.h>

#include "tools/accesstokend/request/answer.h"
#include "tools/accesstokend/shared/shared.h"

struct metrics *metrics_new(void); /* NULL without memory */
void metrics_free(struct metrics **metrics);

/* A request was answered. */
void metrics_request(struct metrics *metrics, enum route route,
                     unsigned int status, int64_t microseconds);

/* A token was verified for somebody: what came of it. */
void metrics_verification(struct metrics *metrics, enum tokenstore_error error,
                          enum tokenstore_reason reason);

/* Write all counts, and those of the store's tokens, into the buffer. */
enum tokenstore_error metrics_write(struct shared *shared, int64_t now,
                                    struct json_writer *text);

#endif
