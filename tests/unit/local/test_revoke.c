/*
 * test_revoke.c - tests of revoking tokens by their ids, and those of a user.
 * Accounts come from a table, so that no result depends on the machine.
 */
#include "tests/support/accounts.h"
#include "tests/support/interpose.h"
#include "tests/support/two_accounts.h"

static void test_revoke_changes_nothing_if_an_id_is_missing(void **state) {
    static const uint64_t ids[] = {1, 77, 2, 99};
    struct fixture *fixture = *state;
    struct tokenstore_list *revoked = NULL;

    issue_for(fixture->store, "test-jane", NULL);
    issue_for(fixture->store, "test-jane", NULL);
    assert_error(tokenstore_revoke(fixture->store, ids, 4, &revoked),
                 TOKENSTORE_ERROR_NOT_FOUND);
    assert_string_equal(tokenstore_message(fixture->store), "no token 77, 99");
    assert_null(revoked);
    assert_int_equal(count_tokens(fixture->store), 2);
}

static void test_revoke_returns_what_it_deleted(void **state) {
    static const uint64_t ids[] = {3, 1, 3};
    struct fixture *fixture = *state;
    struct tokenstore_list *revoked = NULL;
    struct tokenstore_bearer bearer;

    issue_for(fixture->store, "test-jane", NULL);
    issue_for(fixture->store, "test-joe", NULL);
    issue_for(fixture->store, "test-joe", &bearer);
    assert_ok(tokenstore_revoke(fixture->store, ids, 3, &revoked));
    assert_int_equal(tokenstore_list_count(revoked), 2);
    assert_int_equal(tokenstore_token_id(tokenstore_list_token(revoked, 0)),
                     1);
    assert_int_equal(tokenstore_token_id(tokenstore_list_token(revoked, 1)),
                     3);
    tokenstore_list_free(&revoked);
    assert_page(fixture, NULL, 0, 10, " 2", 0);
    assert_sound(fixture->store);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_REFUSED);
}

static void
test_revoke_of_thousands_is_a_series_of_transactions(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_list *revoked = NULL;
    uint64_t ids[2500];

    issue_thousands(fixture, "test-jane", 3);
    for (size_t i = 0; i < 2500; i++)
        ids[i] = i + 1;
    interpose_reset();
    assert_ok(tokenstore_revoke(fixture->store, ids, 2500, &revoked));
    assert_int_equal(interpose.syncs, 3 * 4);
    assert_int_equal(tokenstore_list_count(revoked), 2500);
    assert_int_equal(tokenstore_token_id(tokenstore_list_token(revoked, 2499)),
                     2500);
    tokenstore_list_free(&revoked);
    assert_int_equal(count_tokens(fixture->store), 500);
    assert_sound(fixture->store);
}

static size_t revoke_some(struct fixture *fixture, const char *user) {
    struct tokenstore_identity *identity = NULL;
    struct tokenstore_list *revoked = NULL;
    size_t count;

    assert_ok(tokenstore_identity_parse(user, &identity));
    assert_ok(tokenstore_revoke_user(fixture->store, identity, &revoked));
    count = tokenstore_list_count(revoked);
    tokenstore_list_free(&revoked);
    tokenstore_identity_free(&identity);
    return count;
}

static void
test_revoke_user_leaves_none_of_the_user_and_all_others(void **state) {
    struct fixture *fixture = *state;

    issue_for(fixture->store, "test-joe", NULL);
    issue_thousands(fixture, "test-jane", 2);
    issue_for(fixture->store, "test-joe", NULL);
    accounts_reset(); /* the account is deleted meanwhile */
    assert_int_equal(revoke_some(fixture, "uid:70001"), 1000);
    assert_int_equal(revoke_some(fixture, "test-jane"), 1000);
    assert_int_equal(revoke_some(fixture, "test-jane"), 0);
    assert_page(fixture, NULL, 0, 10, " 1 2002", 0);
    assert_sound(fixture->store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TWO_ACCOUNTS_TEST(test_revoke_changes_nothing_if_an_id_is_missing),
        TWO_ACCOUNTS_TEST(test_revoke_returns_what_it_deleted),
        TWO_ACCOUNTS_TEST(
            test_revoke_of_thousands_is_a_series_of_transactions),
        TWO_ACCOUNTS_TEST(
            test_revoke_user_leaves_none_of_the_user_and_all_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
