/*
 * test_issuers.c - tests of changes in the name of a token: which tokens know
 * who issued them, and that a token which is no longer valid changes nothing.
 */
#include <string.h>

#include "tests/support/store_fixture.h"
#include "tokenstore/values/token.h"

static struct tokenstore_token *jane;

static int set_up(void **state) {
    jane = new_token("virtual-jane");
    return fixture_set_up(state);
}

static int tear_down(void **state) {
    tokenstore_token_free(&jane);
    return fixture_tear_down(state);
}

static struct tokenstore_change create(uint64_t caller) {
    return (struct tokenstore_change){.kind = TOKENSTORE_CHANGE_CREATE,
                                      .values = jane,
                                      .caller_token = caller};
}

static struct tokenstore_change rotate(uint64_t id, uint64_t caller) {
    return (struct tokenstore_change){
        .kind = TOKENSTORE_CHANGE_ROTATE, .id = id, .caller_token = caller};
}

/* Makes one change at a time; returns the id of the token after it, or before
 * a revocation.  0: the change is refused. */
static uint64_t make_at(struct tokenstore *store,
                        struct tokenstore_change change, int64_t now) {
    uint64_t id = 0;

    assert_ok(tokenstore_apply(store, &change, 1, now));
    if (change.error == TOKENSTORE_OK)
        id = tokenstore_token_id(change.token);
    else
        assert_error(change.error, TOKENSTORE_ERROR_FORBIDDEN);
    tokenstore_token_free(&change.token);
    return id;
}

static uint64_t make(struct tokenstore *store,
                     struct tokenstore_change change) {
    return make_at(store, change, NOW);
}

static void assert_issuers(struct tokenstore *store, uint64_t id,
                           uint64_t issuer, uint64_t first_issuer) {
    struct tokenstore_token *token = NULL;

    assert_ok(tokenstore_get(store, id, &token));
    assert_int_equal(tokenstore_token_issuer(token), issuer);
    assert_int_equal(tokenstore_token_first_issuer(token), first_issuer);
    tokenstore_token_free(&token);
}

static void test_a_token_knows_who_issued_it(void **state) {
    const struct fixture *fixture = *state;
    struct tokenstore *store = fixture->store;

    assert_int_equal(make(store, create(0)), 1);
    assert_int_equal(make(store, create(1)), 2);
    assert_int_equal(make(store, create(2)), 3);
    assert_int_equal(make(store, create(3)), 4);
    assert_issuers(store, 1, 0, 0);
    assert_issuers(store, 2, 1, 1);
    assert_issuers(store, 3, 2, 1);
    assert_issuers(store, 4, 3, 1);
    assert_sound(store);
}

static void test_the_one_who_rotates_issues(void **state) {
    const struct fixture *fixture = *state;
    struct tokenstore *store = fixture->store;

    assert_int_equal(make(store, create(0)), 1);
    assert_int_equal(make(store, create(1)), 2);
    /* Itself, again and again: the links are gone, the first one is known. */
    assert_int_equal(make(store, rotate(1, 1)), 3);
    assert_int_equal(make(store, rotate(3, 3)), 4);
    assert_issuers(store, 4, 3, 1);
    /* Another token. */
    assert_int_equal(make(store, rotate(2, 4)), 5);
    assert_issuers(store, 5, 4, 1);
    /* Somebody without a token: the new one takes the place of the old. */
    assert_int_equal(make(store, rotate(5, 0)), 6);
    assert_issuers(store, 6, 4, 1);
    assert_int_equal(make(store, create(0)), 7);
    assert_int_equal(make(store, rotate(7, 0)), 8);
    assert_issuers(store, 8, 0, 0);
    assert_sound(store);
}

static void test_nobody_makes_up_an_issuer(void **state) {
    const struct fixture *fixture = *state;
    struct tokenstore *store = fixture->store;
    struct tokenstore_change change;

    assert_int_equal(make(store, create(0)), 1);
    assert_int_equal(make(store, create(1)), 2);
    jane->issuer = jane->first_issuer = 1;
    assert_int_equal(make(store, create(0)), 3);
    assert_issuers(store, 3, 0, 0);
    assert_int_equal(make(store, create(2)), 4);
    assert_issuers(store, 4, 2, 1);
    change = (struct tokenstore_change){
        .kind = TOKENSTORE_CHANGE_MODIFY,
        .id = 3,
        .fields = TOKENSTORE_FIELD_NAME | TOKENSTORE_FIELD_SCOPES,
        .values = jane,
        .caller_token = 2,
    };
    assert_int_equal(make(store, change), 3);
    assert_issuers(store, 3, 0, 0);
}

/* Asserts that the token with this id makes no change, of any kind, and that
 * the message does not tell whether the other token exists. */
static void assert_powerless(struct tokenstore *store, uint64_t caller,
                             int64_t now) {
    const enum tokenstore_change_kind kinds[] = {
        TOKENSTORE_CHANGE_CREATE, TOKENSTORE_CHANGE_MODIFY,
        TOKENSTORE_CHANGE_REVOKE, TOKENSTORE_CHANGE_ROTATE};
    const uint64_t ids[] = {1, 99, caller};
    const size_t before = count_tokens(store);

    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 3; j++) {
            struct tokenstore_change change = {
                .kind = kinds[i],
                .id = ids[j],
                .values = jane,
                .fields = TOKENSTORE_FIELD_NAME,
                .caller_token = caller,
            };

            assert_ok(tokenstore_apply(store, &change, 1, now));
            assert_error(change.error, TOKENSTORE_ERROR_FORBIDDEN);
            assert_string_equal(change.message,
                                "the caller's own token is no longer valid");
            assert_null(change.token);
            assert_string_equal(change.bearer.text, "");
        }
    assert_int_equal(count_tokens(store), before);
}

static void test_an_invalid_token_changes_nothing(void **state) {
    const struct fixture *fixture = *state;
    struct tokenstore *store = fixture->store;
    const uint64_t revoked = 2;
    struct tokenstore_token *off = NULL;

    for (uint64_t id = 1; id <= 4; id++)
        assert_int_equal(make(store, create(0)), id);
    assert_ok(tokenstore_revoke(store, &revoked, 1, NULL));
    assert_powerless(store, 2, NOW);
    assert_ok(tokenstore_token_new(&off));
    tokenstore_token_set_enabled(off, false);
    assert_ok(
        tokenstore_modify(store, 3, TOKENSTORE_FIELD_ENABLED, off, NOW, NULL));
    assert_powerless(store, 3, NOW);
    assert_ok(tokenstore_token_set_expiration_time(off, NOW + 5));
    assert_ok(tokenstore_modify(store, 4, TOKENSTORE_FIELD_EXPIRATION_TIME,
                                off, NOW, NULL));
    assert_int_equal(make_at(store, create(4), NOW + 4), 5);
    assert_powerless(store, 4, NOW + 5);
    tokenstore_token_free(&off);
}

/* A revocation and changes that were on their way share a transaction. */
static void test_nothing_is_issued_after_the_revocation(void **state) {
    const struct fixture *fixture = *state;
    struct tokenstore_change changes[] = {
        create(1),    {.kind = TOKENSTORE_CHANGE_REVOKE, .id = 1},
        create(1),    rotate(1, 1),
        rotate(3, 1), create(2),
    };
    const enum tokenstore_error outcomes[] = {
        TOKENSTORE_OK,
        TOKENSTORE_OK,
        TOKENSTORE_ERROR_FORBIDDEN,
        TOKENSTORE_ERROR_FORBIDDEN,
        TOKENSTORE_ERROR_FORBIDDEN,
        TOKENSTORE_OK,
    };

    assert_int_equal(make(fixture->store, create(0)), 1);
    assert_int_equal(make(fixture->store, create(0)), 2);
    assert_ok(tokenstore_apply(fixture->store, changes, 6, NOW));
    for (size_t i = 0; i < 6; i++) {
        assert_error(changes[i].error, outcomes[i]);
        tokenstore_token_free(&changes[i].token);
    }
    assert_int_equal(count_tokens(fixture->store), 3); /* 2, 3 and 4 */
    assert_issuers(fixture->store, 3, 1, 1);
    assert_issuers(fixture->store, 4, 2, 2);
    assert_sound(fixture->store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_token_knows_who_issued_it),
        TEST(test_the_one_who_rotates_issues),
        TEST(test_nobody_makes_up_an_issuer),
        TEST(test_an_invalid_token_changes_nothing),
        TEST(test_nothing_is_issued_after_the_revocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
