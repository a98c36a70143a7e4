/*
 * route.h - which route a path belongs to, and where it is served.  Pure.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_ROUTE_H
#define TOOLS_ACCESSTOKEND_REQUEST_ROUTE_H

#include "tools/accesstokend/request/request.h"

enum route {
    ROUTE_NONE, /* no route has this path */
    ROUTE_TOKENS,
    ROUTE_TOKEN,
    ROUTE_ROTATE,
    ROUTE_WHO_AM_I,
    ROUTE_VERIFY,
    ROUTE_INTROSPECT,
    ROUTE_HEALTH,
    ROUTE_METRICS,
    ROUTE_COUNT,
};

/* "/v1/auth/access-tokens/{id}", for logs and metrics; "-" for ROUTE_NONE. */
const char *route_name(enum route route);

/*
 * Returns the route of a path, which is compared byte by byte as it was sent,
 * or ROUTE_NONE.  *id becomes the {id} in the path, or 0.
 */
enum route route_find(const char *path, size_t length, uint64_t *id);

/* Is the route served on this listener? */
bool route_is_served(enum route route, enum listener listener);

/* Is the route of what begins with this path one that never waits for a change
 * of the store? */
bool route_is_quick(const char *path);

#endif
