/*
 * test_store.c - tests of the handle: which URIs name a store, and where the
 * store is.  Accounts come from a table, so that no result depends on the
 * machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/two_accounts.h"

static void test_open_accepts_paths_and_tdb_uris(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore *store = NULL;
    char uri[PATH_MAX + 8];
    char *directory = get_current_dir_name();

    snprintf(uri, sizeof(uri), "tdb:%s", fixture->path);
    assert_ok(tokenstore_open(uri, &store));
    assert_string_equal(tokenstore_path(store), fixture->path);
    tokenstore_close(&store);
    assert_ok(tokenstore_open(NULL, &store));
    assert_string_equal(tokenstore_path(store), tokenstore_default_path());
    tokenstore_close(&store);
    assert_int_equal(chdir(fixture->directory), 0);
    assert_ok(tokenstore_open("tokens.tdb", &store));
    assert_int_equal(chdir("/"), 0);
    assert_string_equal(tokenstore_path(store), fixture->path);
    tokenstore_close(&store);
    assert_ok(tokenstore_open("tokens.tdb", &store));
    assert_int_equal(chdir(directory), 0);
    assert_string_equal(tokenstore_path(store), "/tokens.tdb");
    tokenstore_close(&store);
    assert_null(store);
    tokenstore_close(&store);
    free(directory);
}

static void test_open_refuses_other_schemes(void **state) {
    static const char *const uris[] = {
        "",           "tdb:",      "https:", "http://localhost",
        "unix:run/x", "/var/lib/", "etcd:x"};
    struct tokenstore *store = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        assert_error(tokenstore_open(uris[i], &store),
                     TOKENSTORE_ERROR_INVALID_ARGUMENT);
        assert_null(store);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TWO_ACCOUNTS_TEST(test_open_accepts_paths_and_tdb_uris),
        TWO_ACCOUNTS_TEST(test_open_refuses_other_schemes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
