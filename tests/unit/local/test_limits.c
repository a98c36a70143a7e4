/*
 * test_limits.c - what an administrator permits holds for every change that
 * issues or revives a token, at the same moment for all; and for no other.
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

/* Create, with what the message has to say ("": it may be done). */
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

/* ---------------------------------------------------------- tokens a user */

#define TWO                                                                   \
    "limits permit 2 active tokens a user; revoke one first, of virtual-jane"

static void test_a_user_has_so_many_tokens(void **state) {
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

/* Two at once do not both find the last place. */
static void test_limits_hold_at_the_same_moment(void **state) {
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

static void test_the_dead_do_not_count(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *jane = new_token("virtual-jane");
    struct tokenstore_token *values = new_token("virtual-jane");

    /* So many that they are counted in several turns. */
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
    /* A disabled one needs no room. */
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

/* Whoever piles them up does not make everybody wait. */
static void test_the_dead_have_an_end_too(void **state) {
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

static void test_reviving_needs_room(void **state) {
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
    /* At NOW + 1, the second is dead. */
    assert_error(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_ENABLED,
                                   on, NOW + 1, NULL),
                 TOKENSTORE_ERROR_LIMIT);
    assert_error(tokenstore_modify(fixture->store, 2,
                                   TOKENSTORE_FIELD_EXPIRATION_TIME, on,
                                   NOW + 1, NULL),
                 TOKENSTORE_ERROR_LIMIT);
    /* What is alive may be changed, and put to sleep. */
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

static void test_rotate_takes_the_place_of_the_old_one(void **state) {
    struct fixture *fixture = *state;

    issue_until(fixture, NOW + DAY);
    issue_until(fixture, NOW + DAY);
    set_limits(fixture, 2, 0, false);
    assert_rotate(fixture, 1, 60, TWO); /* for a while, there would be three */
    assert_rotate(fixture, 1, 0, "");
    set_limits(fixture, 1, 0, false);
    assert_rotate(fixture, 2, 0,
                  "limits permit 1 active token a user; revoke one first, of "
                  "virtual-jane");
    set_limits(fixture, 3, 0, false);
    assert_rotate(fixture, 2, 60, "");
    assert_sound(fixture->store);
}

/* Made by hand, so that accounts do not matter. */
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

/* Whoever had the name before is somebody else, whose tokens are dead. */
static void test_a_namesake_does_not_count(void **state) {
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

static void test_a_lifetime_has_an_end(void **state) {
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

static void test_a_lifetime_is_not_made_longer(void **state) {
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

/* One that was extended could not be rotated otherwise, whatever was done. */
static void test_a_rotated_lifetime_is_cut(void **state) {
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

/* No clock is a way around it. */
static void test_a_lifetime_needs_a_clock(void **state) {
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

static void test_a_name_is_required(void **state) {
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

static void test_what_is_there_stays_usable(void **state) {
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
        TEST(test_a_user_has_so_many_tokens),
        TEST(test_limits_hold_at_the_same_moment),
        TEST(test_changes_in_one_transaction_keep_the_limits),
        TEST(test_the_dead_do_not_count),
        TEST(test_the_dead_have_an_end_too),
        TEST(test_reviving_needs_room),
        TEST(test_rotate_takes_the_place_of_the_old_one),
        TEST(test_a_namesake_does_not_count),
        TEST(test_a_lifetime_has_an_end),
        TEST(test_a_lifetime_is_not_made_longer),
        TEST(test_a_rotated_lifetime_is_cut),
        TEST(test_a_lifetime_needs_a_clock),
        TEST(test_a_name_is_required),
        TEST(test_what_is_there_stays_usable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
