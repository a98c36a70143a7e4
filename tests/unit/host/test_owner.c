/*
 * test_owner.c - tests of whose tokens are meant: the name service can add to
 * what the identity says, but removes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/support/accounts.h"
#include "tokenstore/host/account.h"
#include "tokenstore/host/owner.h"

static int set_up(void **state) {
    (void)state;
    accounts_reset();
    accounts_add("jane", 1001);
    account_local_file = "/dev/null";
    return 0;
}

/* Prepares an owner for the user that the text names. */
static struct owner owner_of(const char *text) {
    struct tokenstore_identity *user = NULL;
    struct owner owner;

    assert_int_equal(tokenstore_identity_parse(text, &user), TOKENSTORE_OK);
    owner_prepare(&owner, user);
    tokenstore_identity_free(&user);
    return owner;
}

static bool matches_name(const struct owner *owner, const char *name) {
    struct tokenstore_token token = {.id = 1};

    strcpy(token.user.name, name);
    return owner_matches(owner, &token);
}

static bool matches_uid(const struct owner *owner, uint32_t uid) {
    struct tokenstore_token token = {.id = 1};

    strcpy(token.user.name, "of-old");
    token.user.has_uid = true;
    token.user.uid = uid;
    return owner_matches(owner, &token);
}

/* ------------------------------------------------------------------- tests */

static void test_every_token_matches_without_a_user(void **state) {
    struct owner owner;

    (void)state;
    owner_prepare(&owner, NULL);
    assert_true(matches_name(&owner, "jane"));
    assert_true(matches_uid(&owner, 7));
}

static void test_name_also_matches_the_uid_of_its_account(void **state) {
    struct owner owner = owner_of("jane");

    (void)state;
    assert_true(matches_name(&owner, "jane"));
    assert_true(matches_uid(&owner, 1001));
    assert_false(matches_name(&owner, "joe"));
    assert_false(matches_uid(&owner, 1002));
}

static void test_uid_also_matches_the_name_of_its_account(void **state) {
    struct owner owner = owner_of("uid:1001");

    (void)state;
    assert_true(matches_name(&owner, "jane"));
    assert_true(matches_uid(&owner, 1001));
    assert_false(matches_uid(&owner, 1002));
}

static void test_deleted_account_still_matches_its_tokens(void **state) {
    struct owner by_name, by_uid;

    (void)state;
    accounts_remove("jane");
    by_name = owner_of("jane");
    by_uid = owner_of("uid:1001");
    assert_true(matches_name(&by_name, "jane"));
    assert_false(matches_uid(&by_name, 1001));
    assert_true(matches_uid(&by_uid, 1001));
    assert_false(matches_name(&by_uid, "jane"));
}

static void test_failing_name_service_removes_nothing(void **state) {
    struct owner owner;

    (void)state;
    accounts.error = EIO;
    owner = owner_of("jane");
    assert_true(matches_name(&owner, "jane"));
    assert_false(matches_uid(&owner, 1001));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_every_token_matches_without_a_user,
                               set_up),
        cmocka_unit_test_setup(test_name_also_matches_the_uid_of_its_account,
                               set_up),
        cmocka_unit_test_setup(test_uid_also_matches_the_name_of_its_account,
                               set_up),
        cmocka_unit_test_setup(test_deleted_account_still_matches_its_tokens,
                               set_up),
        cmocka_unit_test_setup(test_failing_name_service_removes_nothing,
                               set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
