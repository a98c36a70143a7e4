/*
 * test_body.c - prove that a JSON body is read correctly: which members it
 * has, their values, and that an expiration time in the past is refused.
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

#include "tools/accesstokend/request/body.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW INT64_C(1800000000)

/* Copies the text into memory of exactly its size, so that a sanitizer sees a
 * read beyond it. */
static char *exactly(const char *text, size_t length) {
    char *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, text, length);
    return copy;
}

/* ---------------------------------------------------------------- JSON bodies
 */

static void read_body(enum body_kind kind, const char *text,
                      struct body *body) {
    struct body_error error;
    char *copy = exactly(text, strlen(text));
    const bool good = body_parse(kind, copy, strlen(text), NOW, body, &error);

    free(copy);
    if (!good)
        fail_msg("%s: %s", text, error.text);
}

static void test_bodies_say_which_members_are_there(void **state) {
    static const struct {
        const char *text;
        unsigned int fields;
    } bodies[] = {
        {"{}", 0},
        {" {\n}\t", 0},
        {"{\"enabled\":false}", TOKENSTORE_FIELD_ENABLED},
        {"{\"name\":null}", TOKENSTORE_FIELD_NAME},
        {"{\"scopes\":[]}", TOKENSTORE_FIELD_SCOPES},
        {"{\"networks\":[]}", TOKENSTORE_FIELD_NETWORKS},
        {"{\"expiration_time\":null}", TOKENSTORE_FIELD_EXPIRATION_TIME},
        {"{\"name\":\"\",\"enabled\":true}",
         TOKENSTORE_FIELD_ENABLED | TOKENSTORE_FIELD_NAME},
    };
    struct body body;

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        read_body(BODY_MODIFY, bodies[i].text, &body);
        assert_int_equal(body.fields, bodies[i].fields);
        assert_null(body.user);
        body_free(&body);
        body_free(&body);
    }
}

static void test_bodies_have_their_values(void **state) {
    struct body body;

    (void)state;
    read_body(
        BODY_CREATE,
        "{\"user\":\"uid:7\",\"name\":\"\\u00e9\",\"enabled\":false,"
        "\"expiration_time\":\"2033-05-18T05:33:20.999+02:00\","
        "\"scopes\":[\"a\",\"b\",\"a\"],\"networks\":[\"192.0.2.7/24\"]}",
        &body);
    assert_string_equal(tokenstore_token_name(body.token), "\xc3\xa9");
    assert_false(tokenstore_token_enabled(body.token));
    assert_int_equal(tokenstore_token_expiration_time(body.token),
                     INT64_C(2000000000));
    assert_int_equal(tokenstore_token_scope_count(body.token), 2);
    assert_string_equal(tokenstore_token_network(body.token, 0),
                        "192.0.2.0/24");
    assert_non_null(body.user);
    assert_false(body.virtual_user);
    body_free(&body);

    read_body(BODY_CREATE, "{\"expiration_time\":\"2027-01-15t08:00:01z\"}",
              &body);
    assert_int_equal(tokenstore_token_expiration_time(body.token), NOW + 1);
    assert_true(tokenstore_token_enabled(body.token));
    body_free(&body);
    read_body(BODY_CREATE, "{\"expiration_time\":null}", &body);
    assert_int_equal(tokenstore_token_expiration_time(body.token),
                     TOKENSTORE_NEVER);
    body_free(&body);
    read_body(BODY_CREATE,
              "{\"user\":{\"domain\":\"API_NULL_DOMAIN\",\"name\":\"x\"}}",
              &body);
    assert_true(body.virtual_user);
    assert_string_equal(tokenstore_identity_name(body.user), "x");
    assert_null(tokenstore_identity_domain(body.user));
    body_free(&body);
}

static void test_bodies_expire_later_than_now(void **state) {
    struct body body;
    struct body_error error;
    static const char text[] =
        "{\"expiration_time\":\"2027-01-15T08:00:00Z\"}";

    (void)state;
    assert_true(
        body_parse(BODY_MODIFY, text, strlen(text), NOW - 1, &body, &error));
    body_free(&body);
    assert_false(
        body_parse(BODY_MODIFY, text, strlen(text), NOW, &body, &error));
    assert_int_equal(error.error, TOKENSTORE_ERROR_TIME_RANGE);
    body_free(&body);
}

static void test_bodies_of_rotate_have_a_grace(void **state) {
    static const struct {
        const char *text;
        int64_t grace;
    } bodies[] = {
        {"", 0},
        {"{}", 0},
        {"{\"grace\":0}", 0},
        {"{\"grace\":60}", 60},
        {"{\"grace\":\"24h\"}", 86400},
        {"{\"grace\":\"0s\"}", 0},
        {"{\"grace\":9223372036854775807}", INT64_MAX},
    };
    struct body body;

    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        read_body(BODY_ROTATE, bodies[i].text, &body);
        assert_int_equal(body.grace, bodies[i].grace);
        body_free(&body);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies_say_which_members_are_there),
        cmocka_unit_test(test_bodies_have_their_values),
        cmocka_unit_test(test_bodies_expire_later_than_now),
        cmocka_unit_test(test_bodies_of_rotate_have_a_grace),
    };

    return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
