/*
 * test_clock.c - tests of the library at the limits of time: the exact second
 * of an expiration, and a clock that was set back or is out of the range that
 * can be stored.  (tests/unit/values/test_policy.c tests the rule alone;
 * tests/pam/pam_clock.c and tests/tool/clock.sh test the module and the tool.)
 */
#include "tests/support/store_fixture.h"

static enum tokenstore_reason verify_at(struct fixture *fixture,
                                        const struct tokenstore_bearer *bearer,
                                        int64_t now) {
    struct tokenstore_request request = {
        .bearer = bearer->text,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .now = now,
    };
    enum tokenstore_reason reason;
    enum tokenstore_error error =
        tokenstore_verify(fixture->store, &request, NULL, &reason);

    assert_error(error, reason == TOKENSTORE_REASON_NONE
                            ? TOKENSTORE_OK
                            : TOKENSTORE_ERROR_REFUSED);
    return reason;
}

static void issue_until(struct fixture *fixture, int64_t expiration_time,
                        struct tokenstore_bearer *bearer) {
    struct tokenstore_token *token = new_token("virtual-jane");

    assert_ok(tokenstore_token_set_expiration_time(token, expiration_time));
    issue_token(fixture->store, token, bearer);
}

static void test_token_expires_at_the_exact_second(void **state) {
    static const struct {
        int64_t now;
        bool good;
    } moments[] = {
        {NOW, true},
        {NOW + 9, true},
        {NOW + 10, false},
        {NOW + 11, false},
        {TOKENSTORE_TIME_MAX, false},
        {TOKENSTORE_TIME_MAX + 1, false},
        {INT64_MAX, false},
        /* The clock was set back, even to before the creation: the token is
         * valid again, as the threat model says. */
        {NOW + 9, true},
        {NOW - 1, true},
        {0, true},
        {-1, true},
        {INT64_MIN, true},
        {NOW + 10, false},
    };
    struct tokenstore_bearer bearer;

    issue_until(*state, NOW + 10, &bearer);
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
        assert_int_equal(verify_at(*state, &bearer, moments[i].now),
                         moments[i].good ? TOKENSTORE_REASON_NONE
                                         : TOKENSTORE_REASON_EXPIRED);
}

static void test_latest_expiration_expires_and_never_does_not(void **state) {
    struct tokenstore_bearer last, never;

    issue_until(*state, TOKENSTORE_TIME_MAX, &last);
    issue_until(*state, TOKENSTORE_NEVER, &never);
    assert_int_equal(verify_at(*state, &last, TOKENSTORE_TIME_MAX - 1),
                     TOKENSTORE_REASON_NONE);
    assert_int_equal(verify_at(*state, &last, TOKENSTORE_TIME_MAX),
                     TOKENSTORE_REASON_EXPIRED);
    assert_int_equal(verify_at(*state, &never, INT64_MIN),
                     TOKENSTORE_REASON_NONE);
    assert_int_equal(verify_at(*state, &never, TOKENSTORE_TIME_MAX + 1),
                     TOKENSTORE_REASON_NONE);
    assert_int_equal(verify_at(*state, &never, INT64_MAX - 1),
                     TOKENSTORE_REASON_NONE);
    /* INT64_MAX is the only time that is not before "never". */
    assert_int_equal(verify_at(*state, &never, INT64_MAX),
                     TOKENSTORE_REASON_EXPIRED);
}

/* A time that cannot be stored is refused, and nothing changes. */
static void test_changes_need_a_clock_within_range(void **state) {
    static const int64_t moments[] = {INT64_MIN, -1, TOKENSTORE_TIME_MAX + 1,
                                      INT64_MAX};
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_bearer good, bearer;

    issue(fixture->store, "virtual-jane", &good);
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        assert_error(tokenstore_create(fixture->store, token, moments[i],
                                       &bearer, NULL),
                     TOKENSTORE_ERROR_TIME_RANGE);
        assert_error(tokenstore_rotate(fixture->store, 1, 0, NULL, moments[i],
                                       &bearer, NULL),
                     TOKENSTORE_ERROR_TIME_RANGE);
    }
    assert_int_equal(count_tokens(fixture->store), 1);
    assert_ok(verify(fixture->store, &good));
    tokenstore_token_free(&token);
}

/* A token that is created in the last second of the range cannot have an
 * expiration time. */
static void test_last_second_limits_creation_and_rotation(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_token *created = NULL;
    struct tokenstore_bearer bearer;

    assert_ok(tokenstore_create(fixture->store, token, TOKENSTORE_TIME_MAX,
                                &bearer, NULL));
    assert_ok(
        tokenstore_token_set_expiration_time(token, TOKENSTORE_TIME_MAX));
    assert_error(tokenstore_create(fixture->store, token, TOKENSTORE_TIME_MAX,
                                   &bearer, NULL),
                 TOKENSTORE_ERROR_TIME_RANGE);
    assert_ok(tokenstore_create(fixture->store, token, NOW, &bearer, NULL));
    /* The same lifetime, counted from a later time, would leave the range. */
    assert_ok(tokenstore_rotate(fixture->store, 2, 0, NULL, NOW + 100, &bearer,
                                &created));
    assert_int_equal(tokenstore_token_expiration_time(created),
                     TOKENSTORE_TIME_MAX);
    assert_sound(fixture->store);
    tokenstore_token_free(&created);
    tokenstore_token_free(&token);
}

/* The token was issued by a machine whose clock was fast. */
static void
test_token_created_in_the_future_can_be_used_and_rotated(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_token *created = NULL;
    struct tokenstore_bearer bearer;

    assert_ok(tokenstore_token_set_expiration_time(token, NOW + 1000000 + 60));
    assert_ok(tokenstore_create(fixture->store, token, NOW + 1000000, &bearer,
                                NULL));
    assert_ok(verify(fixture->store, &bearer));
    assert_ok(
        tokenstore_rotate(fixture->store, 1, 0, NULL, NOW, &bearer, &created));
    assert_int_equal(tokenstore_token_expiration_time(created), NOW + 60);
    assert_sound(fixture->store);
    tokenstore_token_free(&created);
    tokenstore_token_free(&token);
}

/* The clock was reset to 1970 twice.  After the first rotation the grace ends
 * before the creation time of the old token; its lifetime, which is negative,
 * would end before 1970 if it were counted from now. */
static void test_rotate_refuses_a_lifetime_that_is_over(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;

    issue(fixture->store, "virtual-jane", NULL);
    assert_ok(
        tokenstore_rotate(fixture->store, 1, 60, NULL, 100, &bearer, NULL));
    assert_error(
        tokenstore_rotate(fixture->store, 1, 0, NULL, 200, &bearer, NULL),
        TOKENSTORE_ERROR_TIME_RANGE);
    assert_int_equal(count_tokens(fixture->store), 2);
    assert_sound(fixture->store);
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_token_expires_at_the_exact_second),
        TEST(test_latest_expiration_expires_and_never_does_not),
        TEST(test_changes_need_a_clock_within_range),
        TEST(test_last_second_limits_creation_and_rotation),
        TEST(test_token_created_in_the_future_can_be_used_and_rotated),
        TEST(test_rotate_refuses_a_lifetime_that_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
