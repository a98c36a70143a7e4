/*
 * test_safepath_owner.c - tests of the rules for owners, which only root can
 * run: who owns a new file, and files of which owners are refused.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/store_fixture.h"
#include "tokenstore/host/safepath.h"

static void test_foreign_owner_is_refused(void **state) {
    struct fixture *fixture = *state;

    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(chown(fixture->path, 12345, (gid_t)-1), 0);
    assert_unsafe(fixture, fixture->path);
    assert_int_equal(chown(fixture->path, 0, (gid_t)-1), 0);
    assert_int_equal(chown(fixture->lock_path, 12345, (gid_t)-1), 0);
    assert_unsafe(fixture, fixture->lock_path);
    assert_int_equal(chown(fixture->lock_path, 0, (gid_t)-1), 0);
    /* A directory of a person, not of a system user, is refused, even if root
     * gave it to that person. */
    assert_int_equal(chown(fixture->directory, 12345, (gid_t)-1), 0);
    assert_unsafe(fixture, fixture->directory);
}

/* In a directory such as /tmp, a system user can make a directory that looks
 * like one that root gave to it. */
static void test_directory_that_root_did_not_give_is_refused(void **state) {
    static const struct {
        mode_t above;
        uid_t owner;
        bool good;
    } cases[] = {{0755, 999, true},   {01777, 999, false}, {01775, 999, false},
                 {01757, 1, false},   {01755, 999, true},  {01777, 0, true},
                 {03777, 101, false}, {02755, 101, true}};
    struct fixture *fixture = *state;
    struct tokenstore *own = fixture->store;
    char child[PATH_MAX], path[PATH_MAX];

    snprintf(child, sizeof(child), "%s", fixture_file(fixture, "child"));
    snprintf(path, sizeof(path), "%s", fixture_file(fixture, "child/t.tdb"));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char lock[PATH_MAX + 8];
        struct message sentence;
        char socket_path[PATH_MAX];

        assert_int_equal(mkdir(child, 0700), 0);
        assert_int_equal(chown(child, cases[i].owner, (gid_t)-1), 0);
        assert_ok(tokenstore_open(path, &fixture->store));
        assert_int_equal(chmod(fixture->directory, 0755), 0);
        issue(fixture->store, "virtual-jane", NULL);
        assert_int_equal(chmod(fixture->directory, cases[i].above), 0);
        if (cases[i].good)
            assert_int_equal(count_tokens(fixture->store), 1);
        else
            assert_unsafe(fixture, child);
        /* The same holds for the directory of a daemon's socket. */
        snprintf(socket_path, sizeof(socket_path), "%s",
                 fixture_file(fixture, "child/socket"));
        assert_int_equal(mknod(socket_path, S_IFSOCK | 0666, 0), 0);
        assert_int_equal(chown(socket_path, cases[i].owner, (gid_t)-1), 0);
        assert_error(safepath_socket(socket_path, &sentence),
                     cases[i].good ? TOKENSTORE_OK : TOKENSTORE_ERROR_UNSAFE);
        tokenstore_close(&fixture->store);
        snprintf(lock, sizeof(lock), "%s.lock", path);
        unlink(socket_path);
        unlink(lock);
        unlink(path);
        assert_int_equal(rmdir(child), 0);
    }
    assert_int_equal(chmod(fixture->directory, 0700), 0);
    fixture->store = own;
}

/* Moves the fixture's store to a directory that root gave to a system user. */
static void give_directory(struct fixture *fixture) {
    const char *given = fixture_file(fixture, "given");

    assert_int_equal(mkdir(given, 0700), 0);
    assert_int_equal(chown(given, 999, (gid_t)-1), 0);
    snprintf(fixture->path, sizeof(fixture->path), "%s/tokens.tdb", given);
    snprintf(fixture->lock_path, sizeof(fixture->lock_path),
             "%s/tokens.tdb.lock", given);
    tokenstore_close(&fixture->store);
    assert_ok(tokenstore_open(fixture->path, &fixture->store));
}

static void
test_files_belong_to_the_system_user_of_the_directory(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "given/backup.tdb");
    struct tokenstore_report *report = NULL;
    struct stat status;

    give_directory(fixture);
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

/* Notes a use of token 1; returns whether the token has a last use then. */
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

static void
test_file_of_last_uses_belongs_to_the_directory_owner(void **state) {
    struct fixture *fixture = *state;
    const char *path = fixture_file(fixture, "given/tokens.tdb.last-use");
    struct stat status;

    give_directory(fixture);
    issue(fixture->store, "virtual-jane", NULL);
    /* A file of the caller is not used, and nothing is written to it. */
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

static void test_only_files_of_root_are_trusted(void **state) {
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
    /* The owner of the directory could put another file of root there. */
    assert_int_equal(chown(fixture->directory, 999, (gid_t)-1), 0);
    assert_error(tokenstore_open_trusted(path, &fd, message),
                 TOKENSTORE_ERROR_UNSAFE);
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_foreign_owner_is_refused),
        TEST(test_directory_that_root_did_not_give_is_refused),
        TEST(test_files_belong_to_the_system_user_of_the_directory),
        TEST(test_file_of_last_uses_belongs_to_the_directory_owner),
        TEST(test_only_files_of_root_are_trusted),
    };

    if (geteuid() != 0) {
        puts("SKIP: only root can give files away");
        return 77; /* automake reports this status as SKIP */
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
