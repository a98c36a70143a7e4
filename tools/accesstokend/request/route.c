/*
 * route.c - the table of routes, and what all of them check: target, method,
 * parameters, body, caller.  Routes on the target as it was sent.  Knows
 * nothing of sockets.
 */
#include <config.h>

#include "tools/accesstokend/request/route.h"
#include "tools/accesstokend/shared/group_commit.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ON_API (1U << LISTENER_API)
#define ON_VERIFY (1U << LISTENER_VERIFY)
#define ON_TCP (1U << LISTENER_TCP)
#define EVERYWHERE (ON_API | ON_VERIFY | ON_TCP)

#define TOKENS "/v1/auth/access-tokens"
#define VERIFY "/v1/auth/verify"
#define INTROSPECT "/v1/auth/introspect"

static const struct place {
    const char *name;
    unsigned int listeners;
} places[ROUTE_COUNT] = {
    [ROUTE_NONE] = {"-", 0},
    [ROUTE_TOKENS] = {TOKENS "/", ON_API | ON_TCP},
    [ROUTE_TOKEN] = {TOKENS "/{id}", ON_API | ON_TCP},
    [ROUTE_ROTATE] = {TOKENS "/{id}/rotate", ON_API | ON_TCP},
    [ROUTE_WHO_AM_I] = {"/v1/session/who-am-i", ON_API | ON_TCP},
    [ROUTE_VERIFY] = {VERIFY, EVERYWHERE},
    [ROUTE_INTROSPECT] = {INTROSPECT, EVERYWHERE},
    [ROUTE_HEALTH] = {"/healthz", ON_API | ON_TCP},
    [ROUTE_METRICS] = {"/metrics", ON_API},
};

/* Handlers by method; what they take. */
static const struct handler {
    enum route route;
    const char *method; /* NULL: every one */
    void (*handle)(const struct call *call, struct answer *answer);
    const char *query[3]; /* the keys that there are */
    bool needs_caller;
    bool takes_body;
    bool changes;
} handlers[] = {
    {ROUTE_TOKENS,
     "GET",
     handle_list,
     {"user", "after", "limit"},
     true,
     false,
     false},
    {ROUTE_TOKENS, "POST", handle_create, {NULL}, true, true, true},
    {ROUTE_TOKEN, "GET", handle_show, {NULL}, true, false, false},
    {ROUTE_TOKEN, "PATCH", handle_modify, {NULL}, true, true, true},
    {ROUTE_TOKEN, "DELETE", handle_revoke, {NULL}, true, false, true},
    {ROUTE_ROTATE, "POST", handle_rotate, {NULL}, true, true, true},
    {ROUTE_WHO_AM_I, "GET", handle_who_am_i, {NULL}, true, false, false},
    {ROUTE_VERIFY, NULL, handle_verify, {NULL}, false, true, false},
    {ROUTE_INTROSPECT, "POST", handle_introspect, {NULL}, false, true, false},
    {ROUTE_HEALTH, "GET", handle_health, {NULL}, false, false, false},
    {ROUTE_METRICS, "GET", handle_metrics, {NULL}, true, false, false},
};

#define HANDLER_COUNT (sizeof(handlers) / sizeof(*handlers))

const char *route_name(enum route route) { return places[route].name; }

/* -------------------------------------------------------------------- path */

static bool is(const char *path, size_t length, const char *name) {
    return length == strlen(name) && memcmp(path, name, length) == 0;
}

/* An id as it is written, and in no other way; returns its length, or 0. */
static size_t parse_id(const char *text, size_t length, uint64_t *id) {
    size_t i;

    *id = 0;
    for (i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
        *id = *id * 10 + (uint64_t)(text[i] - '0');
        if (*id > UINT32_MAX)
            return 0;
    }
    return i > 0 && text[0] != '0' ? i : 0;
}

static enum route find_token(const char *path, size_t length, uint64_t *id) {
    const size_t digits = parse_id(path, length, id);

    if (digits == 0)
        return ROUTE_NONE;
    if (digits == length)
        return ROUTE_TOKEN;
    if (is(path + digits, length - digits, "/rotate"))
        return ROUTE_ROTATE;
    return ROUTE_NONE;
}

static enum route find_route(const char *path, size_t length, uint64_t *id) {
    const size_t prefix = strlen(TOKENS "/");
    enum route route;

    *id = 0;
    if (is(path, length, TOKENS))
        return ROUTE_TOKENS;
    if (length > prefix && memcmp(path, TOKENS "/", prefix) == 0)
        return find_token(path + prefix, length - prefix, id);
    if (length > strlen(VERIFY) &&
        memcmp(path, VERIFY "/", strlen(VERIFY "/")) == 0)
        return ROUTE_VERIFY;
    for (route = ROUTE_TOKENS; route < ROUTE_COUNT; route++)
        if (is(path, length, places[route].name))
            return route;
    return ROUTE_NONE;
}

bool route_is_quick(const struct request *request) {
    return strncmp(request->target, VERIFY, strlen(VERIFY)) == 0 ||
           strncmp(request->target, INTROSPECT, strlen(INTROSPECT)) == 0;
}

/* ------------------------------------------------------------------- method
 */

static void add_allow(struct answer *answer, enum route route) {
    char methods[64] = "";
    size_t i;

    for (i = 0; i < HANDLER_COUNT; i++) {
        const char *method = handlers[i].method;

        if (handlers[i].route != route || method == NULL)
            continue;
        strcat(methods, method);
        strcat(methods, strcmp(method, "GET") == 0 ? ", HEAD, " : ", ");
    }
    strcat(methods, "OPTIONS");
    answer_header(answer, "Allow", methods);
}

/* NULL: the answer says why. */
static const struct handler *find_handler(enum route route, const char *method,
                                          struct answer *answer) {
    const char *as = strcmp(method, "HEAD") == 0 ? "GET" : method;
    size_t i;

    for (i = 0; i < HANDLER_COUNT; i++)
        if (handlers[i].route == route &&
            (handlers[i].method == NULL ||
             strcmp(handlers[i].method, as) == 0))
            return &handlers[i];
    if (strcmp(method, "OPTIONS") != 0)
        answer_error(answer, 405, "no such method here; see Allow");
    add_allow(answer, route);
    return NULL;
}

/* --------------------------------------------------------- query and body */

static bool query_is_known(const struct handler *handler,
                           const struct fields *query, struct answer *answer) {
    size_t i, k;

    if (handler->route == ROUTE_VERIFY)
        return true;
    for (i = 0; i < query->count; i++) {
        const char *key = query->items[i].key;

        for (k = 0; k < 3 && handler->query[k] != NULL; k++)
            if (strcmp(handler->query[k], key) == 0)
                break;
        if (k == 3 || handler->query[k] == NULL) {
            answer_error(answer, 400, "unknown parameter \"%s\"",
                         answer_quotable(key));
            return false;
        }
        if (fields_count(query, key) > 1) {
            answer_error(answer, 400, "parameter \"%s\" is there twice", key);
            return false;
        }
    }
    return true;
}

bool route_body_is(const struct call *call, const char *type,
                   struct answer *answer) {
    const struct request *request = call->request;
    const char *given = request->content_type;
    size_t length = given != NULL ? strcspn(given, " \t;") : 0;
    const char *rest = given != NULL ? given + length : "";

    if (request->body_length == 0)
        return true;
    rest += strspn(rest, " \t");
    if (*rest == ';')
        rest += 1 + strspn(rest + 1, " \t");
    if (given != NULL && length == strlen(type) &&
        strncasecmp(given, type, length) == 0 &&
        (*rest == '\0' || strcasecmp(rest, "charset=utf-8") == 0 ||
         strcasecmp(rest, "charset=\"utf-8\"") == 0))
        return true;
    answer_error(answer, 415, "the body must be %s", type);
    return false;
}

/* -------------------------------------------------------------------- all */

static void handle(const struct handler *handler, struct shared *shared,
                   const struct request *request, uint64_t id,
                   const char *query_text, struct answer *answer) {
    struct caller caller = {.identity = NULL};
    struct fields query = {.count = 0};
    const struct call call = {
        .shared = shared,
        .request = request,
        .query = &query,
        .caller = handler->needs_caller ? &caller : NULL,
        .id = id,
    };
    const char *wrong;

    if (handler->needs_caller &&
        !caller_identify(shared, request, &caller, answer))
        return;
    wrong = query_text != NULL
                ? fields_parse(query_text, strlen(query_text), &query)
                : NULL;
    if (wrong != NULL)
        answer_error(answer, 400, "the query has %s", wrong);
    else if (!handler->takes_body && request->body_length > 0)
        answer_error(answer, 400, "this request takes no body");
    else if (query_is_known(handler, &query, answer))
        handler->handle(&call, answer);
    /* A proxy that verifies wants no body, whatever is wrong. */
    if (handler->route == ROUTE_VERIFY)
        json_free(&answer->body);
    fields_free(&query);
    caller_free(&caller);
}

void route_handle(struct shared *shared, const struct request *request,
                  struct answer *answer) {
    const struct handler *handler;
    const char *query, *wrong;
    size_t length;

    answer->frank = caller_is_trusted(request);
    wrong = target_check(request->target, &length, &query);
    if (wrong != NULL) {
        answer_error(answer, 400, "%s", wrong);
        answer->close = true;
        return;
    }
    answer->route = find_route(request->target, length, &answer->id);
    if ((places[answer->route].listeners & 1U << request->listener) == 0) {
        answer->route = ROUTE_NONE;
        answer_error(answer, 404, "there is nothing here");
        return;
    }
    handler = find_handler(answer->route, request->method, answer);
    if (handler == NULL)
        return;
    if (handler->changes)
        group_commit_announce(shared->group_commit);
    handle(handler, shared, request, answer->id, query, answer);
    if (handler->changes)
        group_commit_end(shared->group_commit);
}
