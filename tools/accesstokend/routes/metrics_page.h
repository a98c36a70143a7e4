/*
 * metrics_page.h - the route of the metrics.
 */
#ifndef TOOLS_ACCESSTOKEND_ROUTES_METRICS_PAGE_H
#define TOOLS_ACCESSTOKEND_ROUTES_METRICS_PAGE_H

#include "tools/accesstokend/routes/call.h"

/* GET /metrics: all counts in Prometheus' text format 0.0.4. */
void handle_metrics(const struct call *call, struct answer *answer);

#endif
