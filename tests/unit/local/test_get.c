/*
 * test_get.c - tests of reading one token by its id.
 * Accounts come from a table, so that no result depends on the machine.
 */
#include "tests/support/two_accounts.h"

static void test_get_names_the_missing_id(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = NULL;

    issue_for(fixture->store, "test-jane", NULL);
    assert_error(tokenstore_get(fixture->store, 42, &token),
                 TOKENSTORE_ERROR_NOT_FOUND);
    assert_string_equal(tokenstore_message(fixture->store), "no token 42");
    assert_error(tokenstore_get(fixture->store, 0, &token),
                 TOKENSTORE_ERROR_NOT_FOUND);
    assert_error(tokenstore_get(fixture->store, UINT64_MAX, &token),
                 TOKENSTORE_ERROR_NOT_FOUND);
    /* The id 2^32 + 1 is not taken for 1. */
    assert_error(
        tokenstore_get(fixture->store, (UINT64_C(1) << 32) + 1, &token),
        TOKENSTORE_ERROR_NOT_FOUND);
    assert_null(token);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TWO_ACCOUNTS_TEST(test_get_names_the_missing_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
