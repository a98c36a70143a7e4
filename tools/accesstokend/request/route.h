/*
 * route.h - from a request to its answer: the table of routes.  See route.c.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_ROUTE_H
#define TOOLS_ACCESSTOKEND_REQUEST_ROUTE_H

#include "tools/accesstokend/auth/caller.h"
#include "tools/accesstokend/request/target.h"

/* What a handler is given, besides the request. */
struct call {
    struct shared *shared;
    const struct request *request;
    const struct fields *query;
    const struct caller *caller; /* NULL where the route asks for none */
    uint64_t id;                 /* {id} in the path, else 0 */
};

/* "/v1/auth/access-tokens/{id}", for logs and metrics. */
const char *route_name(enum route route);

/* Does this request do nothing that takes long?  Looks at the target only. */
bool route_is_quick(const struct request *request);

/* The one way in: everything but the wire.  Thread-safe. */
void route_handle(struct shared *shared, const struct request *request,
                  struct answer *answer);

/* The handlers.  tokens.c: */
void handle_list(const struct call *call, struct answer *answer);
void handle_create(const struct call *call, struct answer *answer);
void handle_show(const struct call *call, struct answer *answer);
void handle_modify(const struct call *call, struct answer *answer);
void handle_revoke(const struct call *call, struct answer *answer);
void handle_rotate(const struct call *call, struct answer *answer);
/* verify.c: */
void handle_verify(const struct call *call, struct answer *answer);
/* introspect.c: */
void handle_introspect(const struct call *call, struct answer *answer);
/* status.c: */
void handle_who_am_i(const struct call *call, struct answer *answer);
void handle_health(const struct call *call, struct answer *answer);
void handle_metrics(const struct call *call, struct answer *answer);

/* "Content-Type: <type>", parameters aside, for a body that must have it;
 * false: the answer says so. */
bool route_body_is(const struct call *call, const char *type,
                   struct answer *answer);

#endif
