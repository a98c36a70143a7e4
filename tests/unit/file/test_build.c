/*
 * test_build.c - tests of the size of the hash table of a new file.
 */
#include <fcntl.h>
#include <sys/types.h>
#include <tdb.h>

#include "tests/support/file_fixture.h"
#include "tokenstore/file/replace.h"
#include "tokenstore/local/tokens.h"

static void test_new_store_has_the_smallest_hash_table(void **state) {
    struct fixture *fixture = *state;
    struct tdb_context *tdb;

    issue(fixture->store, "virtual-jane", NULL);
    tdb = tdb_open(fixture->path, 0, 0, O_RDONLY, 0);
    assert_non_null(tdb);
    assert_int_equal(tdb_hash_size(tdb), 100003);
    tdb_close(tdb);
}

static enum tokenstore_error
begin_anyway(struct view *current, enum tokenstore_error why, void *argument) {
    (void)current;
    (void)why;
    (void)argument;
    return TOKENSTORE_OK;
}

static void test_replacement_has_at_most_ten_records_per_chain(void **state) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    struct tdb_context *tdb;

    strcpy(file.path, fixture->path);
    assert_ok(
        file_replace(&file, 1000031, begin_anyway, tokens_initialise, NULL));
    tdb = tdb_open(fixture->path, 0, 0, O_RDONLY, 0);
    assert_non_null(tdb);
    assert_true(tdb_hash_size(tdb) >= 100004);
    tdb_close(tdb);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_new_store_has_the_smallest_hash_table),
        FILE_TEST(test_replacement_has_at_most_ten_records_per_chain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
