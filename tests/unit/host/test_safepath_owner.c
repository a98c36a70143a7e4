/*
 * test_safepath_owner.c - the rules for owners, which only root can test: who
 * gets a new file, and whose files are refused.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/store_fixture.h"

static void test_foreign_owner_is_refused(void **state) {
    struct fixture *fixture = *state;

    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(chown(fixture->path, 12345, (gid_t)-1), 0);
    assert_unsafe(fixture, fixture->path);
    assert_int_equal(chown(fixture->path, 0, (gid_t)-1), 0);
    assert_int_equal(chown(fixture->lock_path, 12345, (gid_t)-1), 0);
    assert_unsafe(fixture, fixture->lock_path);
    assert_int_equal(chown(fixture->lock_path, 0, (gid_t)-1), 0);
    /* A person's directory is not the system's, whoever gave it. */
    assert_int_equal(chown(fixture->directory, 12345, (gid_t)-1), 0);
    assert_unsafe(fixture, fixture->directory);
}

static void
test_files_belong_to_the_system_user_of_the_directory(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report = NULL;
    struct stat status;

    assert_int_equal(chown(fixture->directory, 999, (gid_t)-1), 0);
    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_uid, 999);
    assert_int_equal(stat(fixture->lock_path, &status), 0);
    assert_int_equal(status.st_uid, 999);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(tokenstore_restore(fixture->store, backup, false, &report));
    tokenstore_report_free(&report);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_uid, 999);
}

/* Accept token 1, and note it; is there a last use then? */
static bool notes(struct tokenstore *store) {
    struct tokenstore_token *token = NULL;
    struct tokenstore_use use;
    bool known;

    assert_ok(tokenstore_get(store, 1, &token));
    tokenstore_note_use(store, token, "sshd", NULL, NOW);
    tokenstore_token_free(&token);
    assert_ok(tokenstore_get(store, 1, &token));
    known = tokenstore_token_last_use(token, &use);
    tokenstore_token_free(&token);
    return known && use.time == NOW;
}

static void test_last_uses_belong_to_the_owner_too(void **state) {
    struct fixture *fixture = *state;
    const char *path = fixture_file(fixture, "tokens.tdb.last-use");
    struct stat status;

    assert_int_equal(chown(fixture->directory, 999, (gid_t)-1), 0);
    issue(fixture->store, "virtual-jane", NULL);
    /* Not by the caller's, and nothing is written there. */
    write_file(path, "", 0, 0600);
    assert_false(notes(fixture->store));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, 0);
    assert_int_equal(unlink(path), 0);
    assert_true(notes(fixture->store));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_uid, 999);
    assert_int_equal(status.st_mode, S_IFREG | 0600);
}

static void test_only_roots_own_files_are_trusted(void **state) {
    struct fixture *fixture = *state;
    const char *path = fixture_file(fixture, "file");
    char message[TOKENSTORE_MESSAGE_SIZE];
    int fd;

    write_file(path, "x", 1, 0644);
    assert_ok(tokenstore_open_trusted(path, &fd, message));
    close(fd);
    assert_int_equal(chown(path, 999, (gid_t)-1), 0);
    assert_error(tokenstore_open_trusted(path, &fd, message),
                 TOKENSTORE_ERROR_UNSAFE);
    assert_int_equal(chown(path, 0, (gid_t)-1), 0);
    /* Its owner could put another file of root's there. */
    assert_int_equal(chown(fixture->directory, 999, (gid_t)-1), 0);
    assert_error(tokenstore_open_trusted(path, &fd, message),
                 TOKENSTORE_ERROR_UNSAFE);
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_foreign_owner_is_refused),
        TEST(test_files_belong_to_the_system_user_of_the_directory),
        TEST(test_last_uses_belong_to_the_owner_too),
        TEST(test_only_roots_own_files_are_trusted),
    };

    if (geteuid() != 0) {
        puts("SKIP: only root can give files away");
        return 77; /* automake's word for skipped */
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
