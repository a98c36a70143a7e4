/*
 * test_route.c - prove which route each path belongs to, byte by byte, and
 * which routes each listener serves.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/accesstokend/request/route.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TOKENS "/v1/auth/access-tokens"

static void test_each_path_has_its_route(void **state) {
    static const struct {
        const char *path;
        enum route route;
        uint64_t id;
    } paths[] = {
        {TOKENS, ROUTE_TOKENS, 0},
        {TOKENS "/", ROUTE_TOKENS, 0},
        {TOKENS "/1", ROUTE_TOKEN, 1},
        {TOKENS "/4294967295", ROUTE_TOKEN, 4294967295},
        {TOKENS "/42/rotate", ROUTE_ROTATE, 42},
        {"/v1/session/who-am-i", ROUTE_WHO_AM_I, 0},
        {"/v1/auth/verify", ROUTE_VERIFY, 0},
        {"/v1/auth/verify/", ROUTE_VERIFY, 0},
        {"/v1/auth/verify/any/thing", ROUTE_VERIFY, 0},
        {"/v1/auth/introspect", ROUTE_INTROSPECT, 0},
        {"/healthz", ROUTE_HEALTH, 0},
        {"/metrics", ROUTE_METRICS, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        uint64_t id = 7;

        if (route_find(paths[i].path, strlen(paths[i].path), &id) !=
                paths[i].route ||
            id != paths[i].id)
            fail_msg("%s", paths[i].path);
    }
}

static void test_other_paths_have_none(void **state) {
    static const char *const paths[] = {
        "",
        "/",
        "-",
        "/v1",
        TOKENS "//",
        TOKENS "x",
        TOKENS "/0",
        TOKENS "/01",
        TOKENS "/+1",
        TOKENS "/1x",
        TOKENS "/1/",
        TOKENS "/4294967296",
        TOKENS "/99999999999999999999999",
        TOKENS "/{id}",
        TOKENS "/{id}/rotate",
        TOKENS "/1/rotate/",
        TOKENS "/1/rotat",
        "/v1/auth/verifyx",
        "/v1/auth/introspect/",
        "/V1/auth/verify",
        "/v1/auth/%76erify",
        "/healthz/",
        "/metrics/",
    };
    uint64_t id;

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++)
        if (route_find(paths[i], strlen(paths[i]), &id) != ROUTE_NONE)
            fail_msg("%s", paths[i]);
}

/* Bytes after the end of the path do not count. */
static void test_a_path_ends_at_its_length(void **state) {
    uint64_t id;

    (void)state;
    assert_int_equal(route_find(TOKENS "/12", strlen(TOKENS "/1"), &id),
                     ROUTE_TOKEN);
    assert_int_equal(id, 1);
    assert_int_equal(route_find("/metrics?x", strlen("/metrics"), &id),
                     ROUTE_METRICS);
}

static void test_each_listener_serves_its_routes(void **state) {
    (void)state;
    for (enum route route = ROUTE_NONE; route < ROUTE_COUNT; route++) {
        const bool asks = route == ROUTE_VERIFY || route == ROUTE_INTROSPECT;

        assert_int_equal(route_is_served(route, LISTENER_VERIFY), asks);
        assert_int_equal(route_is_served(route, LISTENER_API),
                         route != ROUTE_NONE);
        assert_int_equal(route_is_served(route, LISTENER_TCP),
                         route != ROUTE_NONE && route != ROUTE_METRICS);
        assert_int_equal(route_is_quick(route_name(route)), asks);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_path_has_its_route),
        cmocka_unit_test(test_other_paths_have_none),
        cmocka_unit_test(test_a_path_ends_at_its_length),
        cmocka_unit_test(test_each_listener_serves_its_routes),
    };

    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
