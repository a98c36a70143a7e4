/*
 * route.c - which route a path belongs to.  Compares the path as it was sent,
 * without decoding it, so that no other program on the way can have read it
 * differently.  Pure.
 */
#include <config.h>

#include "tools/accesstokend/request/route.h"

#include <string.h>

#include "tools/common/decimal.h"

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

const char *route_name(enum route route) { return places[route].name; }

bool route_is_served(enum route route, enum listener listener) {
    return (places[route].listeners & 1U << listener) != 0;
}

static bool is(const char *path, size_t length, const char *name) {
    return length == strlen(name) && memcmp(path, name, length) == 0;
}

static bool begins(const char *path, size_t length, const char *prefix) {
    return length >= strlen(prefix) &&
           memcmp(path, prefix, strlen(prefix)) == 0;
}

/* Reads an id, which has exactly one form; returns its length, or 0. */
static size_t parse_id(const char *text, size_t length, uint64_t *id) {
    const size_t digits = decimal_scan(text, length, UINT32_MAX, id);

    return digits > 0 && text[0] != '0' && *id <= UINT32_MAX ? digits : 0;
}

/* What follows "/v1/auth/access-tokens/" in a path. */
static enum route find_token(const char *rest, size_t length, uint64_t *id) {
    const size_t digits = parse_id(rest, length, id);

    if (digits == 0)
        return ROUTE_NONE;
    if (digits == length)
        return ROUTE_TOKEN;
    if (is(rest + digits, length - digits, "/rotate"))
        return ROUTE_ROTATE;
    return ROUTE_NONE;
}

enum route route_find(const char *path, size_t length, uint64_t *id) {
    const size_t prefix = strlen(TOKENS "/");

    *id = 0;
    if (is(path, length, TOKENS) || is(path, length, TOKENS "/"))
        return ROUTE_TOKENS;
    if (begins(path, length, TOKENS "/"))
        return find_token(path + prefix, length - prefix, id);
    /* Some proxies append the path that they ask about. */
    if (begins(path, length, VERIFY "/"))
        return ROUTE_VERIFY;
    for (enum route route = ROUTE_TOKENS; route < ROUTE_COUNT; route++)
        if (is(path, length, places[route].name))
            return route;
    return ROUTE_NONE;
}

bool route_is_quick(const char *path) {
    return strncmp(path, VERIFY, strlen(VERIFY)) == 0 ||
           strncmp(path, INTROSPECT, strlen(INTROSPECT)) == 0;
}
