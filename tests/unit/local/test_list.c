/*
 * test_list.c - tests of pages of tokens, and of the tokens of a user.
 * Accounts come from a table, so that no result depends on the machine.
 */
#include <errno.h>

#include "tests/support/accounts.h"
#include "tests/support/two_accounts.h"

static void test_list_pages_in_id_order(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_list *list = NULL;
    const uint64_t gone = 3;

    for (int i = 0; i < 5; i++)
        issue_for(fixture->store, "test-jane", NULL);
    assert_page(fixture, NULL, 0, 2, " 1 2", 2);
    assert_page(fixture, NULL, 2, 2, " 3 4", 4);
    assert_page(fixture, NULL, 4, 2, " 5", 0);
    assert_page(fixture, NULL, 0, 5, " 1 2 3 4 5", 0);
    assert_page(fixture, NULL, 5, 5, "", 0);
    assert_page(fixture, NULL, UINT64_MAX, 5, "", 0);
    assert_ok(tokenstore_revoke(fixture->store, &gone, 1, NULL));
    assert_page(fixture, NULL, 3, 2, " 4 5", 0);
    assert_error(tokenstore_list(fixture->store, NULL, 0, 0, &list),
                 TOKENSTORE_ERROR_INVALID_ARGUMENT);
}

static void test_list_lowers_a_limit_above_a_thousand(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_list *list = NULL;

    issue_thousands(fixture, "test-jane", 2);
    assert_ok(tokenstore_list(fixture->store, NULL, 0, UINT32_MAX, &list));
    assert_int_equal(tokenstore_list_count(list), 1000);
    assert_int_equal(tokenstore_list_next(list), 1000);
    tokenstore_list_free(&list);
    assert_int_equal(count_tokens(fixture->store), 2000);
    assert_sound(fixture->store);
}

static void test_list_finds_a_user_by_every_form(void **state) {
    static const char *const forms[] = {"test-jane", "uid:70001",
                                        "auth_id:70001", "sid:S-1-22-1-70001"};
    struct fixture *fixture = *state;

    issue_for(fixture->store, "test-jane", NULL);
    issue_for(fixture->store, "test-joe", NULL);
    issue_for(fixture->store, "test-jane", NULL);
    for (size_t i = 0; i < 4; i++)
        assert_page(fixture, forms[i], 0, 10, " 1 3", 0);
    assert_page(fixture, "test-joe", 0, 10, " 2", 0);
    assert_page(fixture, "test-nobody", 0, 10, "", 0);
}

static void test_list_finds_tokens_of_deleted_accounts(void **state) {
    struct fixture *fixture = *state;

    issue_for(fixture->store, "test-jane", NULL);
    accounts_reset();
    assert_page(fixture, "test-jane", 0, 10, " 1", 0);
    assert_page(fixture, "uid:70001", 0, 10, " 1", 0);
    accounts.error = EIO;
    assert_page(fixture, "test-jane", 0, 10, " 1", 0);
    assert_page(fixture, "uid:70001", 0, 10, " 1", 0);
}

static void test_list_finds_tokens_of_renamed_accounts_once(void **state) {
    struct fixture *fixture = *state;

    issue_for(fixture->store, "test-jane", NULL);
    accounts_remove("test-jane");
    accounts_add("test-janet", 70001);
    issue_for(fixture->store, "test-janet", NULL);
    assert_page(fixture, "test-janet", 0, 10, " 1 2", 0);
    assert_page(fixture, "uid:70001", 0, 1, " 1", 1);
    assert_page(fixture, "uid:70001", 1, 1, " 2", 0);
    assert_page(fixture, "test-jane", 0, 10, " 1", 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TWO_ACCOUNTS_TEST(test_list_pages_in_id_order),
        TWO_ACCOUNTS_TEST(test_list_lowers_a_limit_above_a_thousand),
        TWO_ACCOUNTS_TEST(test_list_finds_a_user_by_every_form),
        TWO_ACCOUNTS_TEST(test_list_finds_tokens_of_deleted_accounts),
        TWO_ACCOUNTS_TEST(test_list_finds_tokens_of_renamed_accounts_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
