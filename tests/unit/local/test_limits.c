/*
 * test_limits.c - tests of the limits that an administrator sets: they apply
 * to every change that issues or revives a token, also to simultaneous ones,
 * and to no other change.
 */
#include <string.h>

#include "tests/support/create_many.h"
#include "tests/support/store_fixture.h"
#include "tokenstore/values/token.h"

#define DAY INT64_C(86400)

static void set_limits(struct fixture *fixture, uint32_t tokens_per_user,
                       int64_t lifetime_max, bool name_required) {
    const struct tokenstore_limits limits = {tokens_per_user, lifetime_max,
                                             name_required};

    tokenstore_set_limits(fixture->store, &limits);
}

/* Creates a token.  With an expected message, the limits must refuse it; with
 * "", it must succeed. */
static void assert_create(struct fixture *fixture,
                          const struct tokenstore_token *token,
                          const char *expected) {
    struct tokenstore_token *created = NULL;
    struct tokenstore_bearer bearer;

    assert_error(
        tokenstore_create(fixture->store, token, NOW, &bearer, &created),
        *expected == '\0' ? TOKENSTORE_OK : TOKENSTORE_ERROR_LIMIT);
    assert_string_equal(tokenstore_message(fixture->store), expected);
    tokenstore_token_free(&created);
}

static void assert_modify(struct fixture *fixture, uint64_t id,
                          unsigned int fields,
                          const struct tokenstore_token *values,
                          const char *expected) {
    assert_error(
        tokenstore_modify(fixture->store, id, fields, values, NOW, NULL),
        *expected == '\0' ? TOKENSTORE_OK : TOKENSTORE_ERROR_LIMIT);
    assert_string_equal(tokenstore_message(fixture->store), expected);
}

static void assert_rotate(struct fixture *fixture, uint64_t id, int64_t grace,
                          const char *expected) {
    struct tokenstore_bearer bearer;

    assert_error(
        tokenstore_rotate(fixture->store, id, grace, NULL, NOW, &bearer, NULL),
        *expected == '\0' ? TOKENSTORE_OK : TOKENSTORE_ERROR_LIMIT);
    assert_string_equal(tokenstore_message(fixture->store), expected);
}

static uint64_t issue_until(struct fixture *fixture, int64_t time) {
    struct tokenstore_token *token = new_token("virtual-jane");

    assert_ok(tokenstore_token_set_expiration_time(token, time));
    return issue_token(fixture->store, token, NULL);
}

/* -------------------------------------------------------- tokens per user */

#define TWO                                                                   \
    "limits permit 2 active tokens a user; revoke one first, of virtual-jane"

static void test_active_tokens_per_user_are_limited(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *jane = new_token("virtual-jane");
    struct tokenstore_token *joe = new_token("virtual-joe");
    const uint64_t id = 1;

    set_limits(fixture, 2, 0, false);
    assert_create(fixture, jane, "");
    assert_create(fixture, jane, "");
    assert_create(fixture, jane, TWO);
    assert_create(fixture, joe, "");
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    assert_create(fixture, jane, "");
    assert_create(fixture, jane, TWO);
    set_limits(fixture, 1, 0, false);
    assert_create(fixture, jane,
                  "limits permit 1 active token a user; revoke one first, of "
                  "virtual-jane");
    tokenstore_set_limits(fixture->store, NULL);
    assert_create(fixture, jane, "");
    tokenstore_token_free(&jane);
    tokenstore_token_free(&joe);
}

/* Of two simultaneous changes, only one gets the last place. */
static void test_limits_hold_for_simultaneous_changes(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *jane = new_token("virtual-jane");
    struct tokenstore_change changes[] = {
        {.kind = TOKENSTORE_CHANGE_CREATE, .values = jane},
        {.kind = TOKENSTORE_CHANGE_CREATE, .values = jane},
        {.kind = TOKENSTORE_CHANGE_REVOKE, .id = 1},
        {.kind = TOKENSTORE_CHANGE_CREATE, .values = jane},
    };

    issue(fixture->store, "virtual-jane", NULL);
    set_limits(fixture, 2, 0, false);
    assert_ok(tokenstore_apply(fixture->store, changes, 4, NOW));
    assert_ok(changes[0].error);
    assert_error(changes[1].error, TOKENSTORE_ERROR_LIMIT);
    assert_string_equal(changes[1].message, TWO);
    assert_ok(changes[2].error);
    assert_ok(changes[3].error);
    assert_int_equal(count_tokens(fixture->store), 2);
    for (size_t i = 0; i < 4; i++)
        tokenstore_token_free(&changes[i].token);
    tokenstore_token_free(&jane);
}

static void test_changes_in_one_transaction_keep_the_limits(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *jane = new_token("virtual-jane");
    const struct tokenstore_token *const tokens[] = {jane, jane, jane};
    struct tokenstore_bearer bearers[3];
    uint64_t ids[3];
    size_t created = 7;

    set_limits(fixture, 2, 0, false);
    assert_error(
        create_many(fixture->store, tokens, 3, NOW, bearers, ids, &created),
        TOKENSTORE_ERROR_LIMIT);
    assert_int_equal(created, 2);
    assert_int_equal(ids[2], 0);
    assert_int_equal(count_tokens(fixture->store), 2);
    assert_error(
        create_many(fixture->store, tokens, 2, NOW, bearers, ids, &created),
        TOKENSTORE_ERROR_LIMIT);
    assert_int_equal(created, 0);
    assert_int_equal(count_tokens(fixture->store), 2);
    tokenstore_token_free(&jane);
}

static void test_inactive_tokens_do_not_count(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *jane = new_token("virtual-jane");
    struct tokenstore_token *values = new_token("virtual-jane");

    /* There are so many that they are counted in several steps. */
    for (int i = 0; i < 300; i++) {
        tokenstore_token_set_enabled(jane, false);
        assert_create(fixture, jane, "");
    }
    tokenstore_token_set_enabled(jane, true);
    set_limits(fixture, 2, 0, false);
    assert_create(fixture, jane, ""); /* 301 */
    assert_ok(tokenstore_token_set_expiration_time(values, NOW + 10));
    assert_modify(fixture, 301, TOKENSTORE_FIELD_EXPIRATION_TIME, values, "");
    assert_create(fixture, jane, ""); /* 302 */
    assert_create(fixture, jane, TWO);
    /* A disabled token needs no place. */
    tokenstore_token_set_enabled(jane, false);
    assert_create(fixture, jane, "");
    tokenstore_token_set_enabled(jane, true);
    {
        struct tokenstore_bearer bearer;

        assert_ok(
            tokenstore_create(fixture->store, jane, NOW + 10, &bearer, NULL));
        assert_error(
            tokenstore_create(fixture->store, jane, NOW + 10, &bearer, NULL),
            TOKENSTORE_ERROR_LIMIT);
    }
    tokenstore_token_free(&values);
    tokenstore_token_free(&jane);
}

/* A user who collects inactive tokens must not slow others down. */
static void test_inactive_tokens_are_limited_too(void **state) {
    static const struct tokenstore_token *tokens[1001];
    static struct tokenstore_bearer bearers[1001];
    static uint64_t ids[1001];
    struct fixture *fixture = *state;
    struct tokenstore_token *jane = new_token("virtual-jane");
    size_t created = 0;

    for (size_t i = 0; i < 1001; i++)
        tokens[i] = jane;
    tokenstore_token_set_enabled(jane, false);
    assert_ok(create_many(fixture->store, tokens, 1001, NOW, bearers, ids,
                          &created));
    tokenstore_token_set_enabled(jane, true);
    set_limits(fixture, 2, 0, false);
    assert_create(fixture, jane, "");
    assert_create(fixture, jane,
                  "limits permit 2 active tokens a user, and 1000 that are "
                  "not; revoke some first, of virtual-jane");
    assert_ok(tokenstore_revoke(fixture->store, ids, 1, NULL));
    assert_create(fixture, jane, "");
    set_limits(fixture, UINT32_MAX, 0, false);
    assert_create(fixture, jane, "");
    tokenstore_token_free(&jane);
}

static void test_reviving_a_token_needs_a_place(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *on = new_token("virtual-jane");
    struct tokenstore_token *off = new_token("virtual-jane");
    struct tokenstore_bearer bearer;

    tokenstore_token_set_enabled(off, false);
    assert_create(fixture, off, ""); /* 1 */
    issue_until(fixture, NOW + 1);   /* 2 */
    issue_until(fixture, NOW + 50);  /* 3 */
    issue_until(fixture, NOW + 50);  /* 4 */
    set_limits(fixture, 2, 0, false);
    assert_ok(tokenstore_token_set_expiration_time(on, NOW + 90));
    /* At NOW + 1, the second token has expired. */
    assert_error(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_ENABLED,
                                   on, NOW + 1, NULL),
                 TOKENSTORE_ERROR_LIMIT);
    assert_error(tokenstore_modify(fixture->store, 2,
                                   TOKENSTORE_FIELD_EXPIRATION_TIME, on,
                                   NOW + 1, NULL),
                 TOKENSTORE_ERROR_LIMIT);
    /* An active token may be changed and disabled. */
    assert_ok(tokenstore_modify(fixture->store, 3,
                                TOKENSTORE_FIELD_EXPIRATION_TIME |
                                    TOKENSTORE_FIELD_ENABLED,
                                on, NOW + 1, NULL));
    assert_ok(tokenstore_modify(fixture->store, 3, TOKENSTORE_FIELD_ENABLED,
                                off, NOW + 1, NULL));
    assert_ok(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_ENABLED,
                                on, NOW + 1, NULL));
    assert_error(
        tokenstore_rotate(fixture->store, 2, 0, NULL, NOW + 1, &bearer, NULL),
        TOKENSTORE_ERROR_LIMIT);
    tokenstore_token_free(&on);
    tokenstore_token_free(&off);
}

static void test_rotated_token_takes_the_place_of_the_old_one(void **state) {
    struct fixture *fixture = *state;

    issue_until(fixture, NOW + DAY);
    issue_until(fixture, NOW + DAY);
    set_limits(fixture, 2, 0, false);
    assert_rotate(fixture, 1, 60, TWO); /* would be three during the grace */
    assert_rotate(fixture, 1, 0, "");
    set_limits(fixture, 1, 0, false);
    assert_rotate(fixture, 2, 0,
                  "limits permit 1 active token a user; revoke one first, of "
                  "virtual-jane");
    set_limits(fixture, 3, 0, false);
    assert_rotate(fixture, 2, 60, "");
    assert_sound(fixture->store);
}

/* Returns a token whose user is not resolved, so that accounts do not
 * matter. */
static struct tokenstore_token *token_with_uid(const char *uid) {
    struct tokenstore_identity *user = NULL;
    struct tokenstore_token *token = NULL;

    assert_ok(tokenstore_identity_new(&user));
    assert_ok(tokenstore_identity_set(user, "domain", "POSIX_USER"));
    assert_ok(tokenstore_identity_set(user, "name", "jane"));
    assert_ok(tokenstore_identity_set(user, "uid", uid));
    assert_ok(tokenstore_token_new(&token));
    assert_ok(tokenstore_token_set_user(token, user));
    tokenstore_identity_free(&user);
    return token;
}

/* A former user of the same name is another user, whose tokens are not
 * valid. */
static void test_token_of_a_namesake_does_not_count(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *old = token_with_uid("70001");
    struct tokenstore_token *new = token_with_uid("70002");

    set_limits(fixture, 1, 0, false);
    assert_create(fixture, old, "");
    assert_create(fixture, new, "");
    assert_create(fixture, new,
                  "limits permit 1 active token a user; revoke one first, of "
                  "jane");
    tokenstore_token_free(&old);
    tokenstore_token_free(&new);
}

/* -------------------------------------------------------------- lifetime */

#define WEEK                                                                  \
    "limits permit a lifetime of 7d; give the token an earlier expiration "   \
    "time"

static void test_lifetime_is_limited(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");

    set_limits(fixture, 0, 7 * DAY, false);
    assert_create(fixture, token, WEEK); /* never */
    assert_ok(tokenstore_token_set_expiration_time(token, NOW + 7 * DAY + 1));
    assert_create(fixture, token, WEEK);
    tokenstore_token_set_enabled(token, false);
    assert_create(fixture, token, WEEK);
    assert_ok(tokenstore_token_set_expiration_time(token, NOW + 7 * DAY));
    assert_create(fixture, token, "");
    set_limits(fixture, 0, 90, false);
    assert_create(fixture, token,
                  "limits permit a lifetime of 90s; give the token an earlier "
                  "expiration time");
    tokenstore_token_free(&token);
}

static void test_lifetime_is_not_extended_beyond_the_limit(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *values = new_token("virtual-jane");

    issue_until(fixture, TOKENSTORE_NEVER); /* 1 */
    issue_until(fixture, NOW + DAY);        /* 2 */
    set_limits(fixture, 0, 7 * DAY, false);
    assert_modify(fixture, 2, TOKENSTORE_FIELD_EXPIRATION_TIME, values, WEEK);
    assert_modify(fixture, 1, TOKENSTORE_FIELD_NAME, values, "");
    tokenstore_token_set_enabled(values, false);
    assert_modify(fixture, 1, TOKENSTORE_FIELD_ENABLED, values, "");
    tokenstore_token_set_enabled(values, true);
    assert_modify(fixture, 1, TOKENSTORE_FIELD_ENABLED, values, WEEK);
    assert_rotate(fixture, 1, 0, WEEK);
    assert_ok(tokenstore_token_set_expiration_time(values, NOW + DAY));
    assert_modify(fixture, 1,
                  TOKENSTORE_FIELD_ENABLED | TOKENSTORE_FIELD_EXPIRATION_TIME,
                  values, "");
    assert_rotate(fixture, 1, 0, "");
    tokenstore_token_free(&values);
}

/* Otherwise a token whose lifetime was extended could never be rotated. */
static void test_rotate_shortens_the_lifetime_to_the_limit(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_change change = {.kind = TOKENSTORE_CHANGE_ROTATE,
                                       .id = 1};

    issue_until(fixture, NOW + 8 * DAY);
    set_limits(fixture, 0, 7 * DAY, false);
    change.keep_expiration = true;
    assert_ok(tokenstore_apply(fixture->store, &change, 1, NOW));
    assert_error(change.error, TOKENSTORE_ERROR_LIMIT);
    assert_string_equal(change.message, WEEK);
    change.keep_expiration = false;
    assert_ok(tokenstore_apply(fixture->store, &change, 1, NOW));
    assert_ok(change.error);
    assert_int_equal(tokenstore_token_expiration_time(change.token),
                     NOW + 7 * DAY);
    tokenstore_token_free(&change.token);
}

/* A wrong clock does not avoid the limit. */
static void test_wrong_clock_does_not_avoid_the_limit(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *values = new_token("virtual-jane");

    issue_until(fixture, NOW + DAY);
    set_limits(fixture, 0, 7 * DAY, false);
    assert_ok(tokenstore_token_set_expiration_time(values, NOW + DAY));
    for (int64_t now = INT64_MIN; now < 0; now += INT64_MAX)
        assert_error(tokenstore_modify(fixture->store, 1,
                                       TOKENSTORE_FIELD_EXPIRATION_TIME,
                                       values, now, NULL),
                     TOKENSTORE_ERROR_LIMIT);
    tokenstore_token_free(&values);
}

/* ------------------------------------------------------------------ name */

#define NAMELESS "limits require a name; give the token one"

static void test_name_is_required(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *named = new_token("virtual-jane");
    struct tokenstore_token *nameless = new_token("virtual-jane");

    assert_ok(tokenstore_token_set_name(named, "laptop"));
    assert_create(fixture, nameless, ""); /* 1 */
    set_limits(fixture, 0, 0, true);
    assert_create(fixture, nameless, NAMELESS);
    assert_create(fixture, named, ""); /* 2 */
    assert_modify(fixture, 2, TOKENSTORE_FIELD_NAME, nameless, NAMELESS);
    assert_modify(fixture, 2, TOKENSTORE_FIELD_ENABLED, nameless, "");
    assert_modify(fixture, 1, TOKENSTORE_FIELD_NAME, nameless, "");
    assert_rotate(fixture, 1, 0, NAMELESS);
    assert_modify(fixture, 1, TOKENSTORE_FIELD_NAME, named, "");
    assert_rotate(fixture, 1, 0, "");
    tokenstore_token_free(&named);
    tokenstore_token_free(&nameless);
}

static void test_existing_tokens_stay_usable(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    const uint64_t id = 1;

    issue(fixture->store, "virtual-jane", &bearer);
    issue(fixture->store, "virtual-jane", NULL);
    set_limits(fixture, 1, 1, true);
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(count_tokens(fixture->store), 2);
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_active_tokens_per_user_are_limited),
        TEST(test_limits_hold_for_simultaneous_changes),
        TEST(test_changes_in_one_transaction_keep_the_limits),
        TEST(test_inactive_tokens_do_not_count),
        TEST(test_inactive_tokens_are_limited_too),
        TEST(test_reviving_a_token_needs_a_place),
        TEST(test_rotated_token_takes_the_place_of_the_old_one),
        TEST(test_token_of_a_namesake_does_not_count),
        TEST(test_lifetime_is_limited),
        TEST(test_lifetime_is_not_extended_beyond_the_limit),
        TEST(test_rotate_shortens_the_lifetime_to_the_limit),
        TEST(test_wrong_clock_does_not_avoid_the_limit),
        TEST(test_name_is_required),
        TEST(test_existing_tokens_stay_usable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
