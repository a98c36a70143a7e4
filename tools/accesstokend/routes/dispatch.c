/*
 * dispatch.c - the table of handlers, and the checks that all routes have in
 * common: target, listener, method, caller, query, body.  Knows nothing of
 * sockets.
 */
#include <config.h>

#include "tools/accesstokend/routes/dispatch.h"

#include <string.h>

#include "tools/accesstokend/request/target.h"
#include "tools/accesstokend/routes/call.h"
#include "tools/accesstokend/routes/introspect.h"
#include "tools/accesstokend/routes/metrics_page.h"
#include "tools/accesstokend/routes/status.h"
#include "tools/accesstokend/routes/token.h"
#include "tools/accesstokend/routes/token_list.h"
#include "tools/accesstokend/routes/verify.h"
#include "tools/accesstokend/shared/group_commit.h"

#define QUERY_MAX 9

enum {
    CALLER = 1, /* needs a caller */
    BODY = 2,   /* takes a body */
    CHANGE = 4, /* may change the store */
};

static const struct handler {
    enum route route;
    const char *method; /* NULL: every method */
    call_handler *handle;
    unsigned int flags;
    const char *query[QUERY_MAX]; /* the keys that it knows */
} handlers[] = {
    {ROUTE_TOKENS,
     "GET",
     handle_list,
     CALLER,
     {"user", "issued_by", "status", "scope", "name", "q", "sort", "after",
      "limit"}},
    {ROUTE_TOKENS, "POST", handle_create, CALLER | BODY | CHANGE, {NULL}},
    {ROUTE_TOKEN, "GET", handle_show, CALLER, {NULL}},
    {ROUTE_TOKEN, "PATCH", handle_modify, CALLER | BODY | CHANGE, {NULL}},
    {ROUTE_TOKEN, "DELETE", handle_revoke, CALLER | CHANGE, {NULL}},
    {ROUTE_ROTATE, "POST", handle_rotate, CALLER | BODY | CHANGE, {NULL}},
    {ROUTE_WHO_AM_I, "GET", handle_who_am_i, CALLER, {NULL}},
    {ROUTE_VERIFY, NULL, handle_verify, BODY, {NULL}},
    {ROUTE_INTROSPECT, "POST", handle_introspect, BODY, {NULL}},
    {ROUTE_HEALTH, "GET", handle_health, 0, {NULL}},
    {ROUTE_METRICS, "GET", handle_metrics, CALLER, {NULL}},
};

#define HANDLER_COUNT (sizeof(handlers) / sizeof(*handlers))

/* ------------------------------------------------------------------- method
 */

static void add_allow(struct answer *answer, enum route route) {
    char methods[64] = "";

    for (size_t i = 0; i < HANDLER_COUNT; i++) {
        const char *method = handlers[i].method;

        if (handlers[i].route != route || method == NULL)
            continue;
        strcat(methods, method);
        strcat(methods, strcmp(method, "GET") == 0 ? ", HEAD, " : ", ");
    }
    strcat(methods, "OPTIONS");
    answer_header(answer, "Allow", methods);
}

/* Returns NULL if there is none; the answer is then written. */
static const struct handler *find_handler(enum route route, const char *method,
                                          struct answer *answer) {
    const char *as = strcmp(method, "HEAD") == 0 ? "GET" : method;

    for (size_t i = 0; i < HANDLER_COUNT; i++)
        if (handlers[i].route == route &&
            (handlers[i].method == NULL ||
             strcmp(handlers[i].method, as) == 0))
            return &handlers[i];
    if (strcmp(method, "OPTIONS") != 0)
        answer_error(answer, 405,
                     "this path does not take this method; see Allow");
    add_allow(answer, route);
    return NULL;
}

/* Is the request about the whole server?  The answer is then written. */
static bool asks_server(const struct request *request,
                        const struct target *target, struct answer *answer) {
    const bool options = strcmp(request->method, "OPTIONS") == 0;

    if (target->path_length > 0)
        return false;
    if (options)
        answer_header(answer, "Allow",
                      "GET, HEAD, POST, PATCH, DELETE, OPTIONS");
    else if (strcmp(request->target, "*") == 0)
        answer_error(answer, 400, "the target * is for OPTIONS alone");
    else /* "http://host" means "http://host/" */
        return false;
    answer->close = !options;
    return true;
}

/* ------------------------------------------------------------------ the rest
 */

/* A proxy may add anything to the query of verify. */
static bool query_is_known(const struct handler *handler,
                           const struct fields *query, struct answer *answer) {
    return handler->route == ROUTE_VERIFY ||
           call_fields_are_known(query, handler->query, QUERY_MAX, answer);
}

static void handle(const struct handler *handler, struct shared *shared,
                   const struct request *request, const char *query_text,
                   struct answer *answer) {
    const bool needs_caller = (handler->flags & CALLER) != 0;
    struct caller caller = {.identity = NULL};
    struct fields query = {.count = 0};
    const struct call call = {
        .shared = shared,
        .request = request,
        .query = &query,
        .caller = needs_caller ? &caller : NULL,
        .id = answer->id,
    };
    const char *wrong = NULL;

    if (needs_caller && !caller_identify(shared, request, &caller, answer))
        return;
    if (query_text != NULL)
        wrong = fields_parse(query_text, strlen(query_text), &query);
    if (wrong != NULL)
        answer_error(answer, 400, "the query has %s", wrong);
    else if ((handler->flags & BODY) == 0 && request->body_length > 0)
        answer_error(answer, 400, "this request takes no body");
    else if (query_is_known(handler, &query, answer))
        handler->handle(&call, answer);
    /* Proxies want no body from verify, not even with an error. */
    if (handler->route == ROUTE_VERIFY)
        json_free(&answer->body);
    fields_free(&query);
    caller_free(&caller);
}

/* Returns NULL if there is none; the answer is then written. */
static const struct handler *route_request(const struct request *request,
                                           const struct target *target,
                                           struct answer *answer) {
    if (asks_server(request, target, answer))
        return NULL;
    answer->route = route_find(target->path, target->path_length, &answer->id);
    if (!route_is_served(answer->route, request->listener)) {
        answer->route = ROUTE_NONE;
        answer_error(answer, 404, "this path does not exist here");
        return NULL;
    }
    return find_handler(answer->route, request->method, answer);
}

void dispatch(struct shared *shared, const struct request *request,
              struct answer *answer) {
    const struct handler *handler;
    struct target target;
    const char *wrong;

    answer->frank = caller_is_trusted(request);
    wrong = target_check(request->target, &target);
    if (wrong != NULL) {
        answer_error(answer, 400, "%s", wrong);
        answer->close = true;
        return;
    }
    handler = route_request(request, &target, answer);
    if (handler == NULL)
        return;
    if ((handler->flags & CHANGE) == 0) {
        handle(handler, shared, request, target.query, answer);
        return;
    }
    /* A page in a browser must not use rights that its user has here. */
    if (request_is_foreign(request)) {
        answer_error(answer, 403, "a page of another origin may not do this");
        return;
    }
    group_commit_announce(shared->group_commit);
    handle(handler, shared, request, target.query, answer);
    group_commit_end(shared->group_commit);
}
