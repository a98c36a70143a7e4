/*
 * test_write.c - tests of what a change may do to a file, and when.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <tdb.h>
#include <unistd.h>

#include "tests/support/file_fixture.h"
#include "tokenstore/file/write.h"

static void test_create_never_truncates_an_existing_file(void **state) {
    static const char *const contents[] = {"", "not a database\n",
                                           "TDB file\nbut no more than that"};
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_bearer bearer;
    size_t length;
    char *after;

    for (size_t i = 0; i < 3; i++) {
        write_file(fixture->path, contents[i], strlen(contents[i]), 0600);
        assert_error(
            tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
            TOKENSTORE_ERROR_DAMAGED);
        after = read_file(fixture->path, &length);
        assert_int_equal(length, strlen(contents[i]));
        assert_memory_equal(after, contents[i], length);
        free(after);
    }
    tokenstore_token_free(&token);
}

static void test_only_create_makes_a_store(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_list *list = NULL;
    struct tokenstore_bearer bearer;
    const uint64_t id = 1;
    struct stat status;

    assert_error(
        tokenstore_get(fixture->store, 1, &(struct tokenstore_token *){NULL}),
        TOKENSTORE_ERROR_MISSING);
    assert_non_null(strstr(tokenstore_message(fixture->store), fixture->path));
    assert_error(tokenstore_list(fixture->store, NULL, 0, 10, &list),
                 TOKENSTORE_ERROR_MISSING);
    assert_error(tokenstore_revoke(fixture->store, &id, 1, NULL),
                 TOKENSTORE_ERROR_MISSING);
    assert_error(tokenstore_modify(fixture->store, 1, TOKENSTORE_FIELD_ENABLED,
                                   token, NOW, NULL),
                 TOKENSTORE_ERROR_MISSING);
    assert_error(
        tokenstore_rotate(fixture->store, 1, 0, NULL, NOW, &bearer, NULL),
        TOKENSTORE_ERROR_MISSING);
    assert_int_equal(access(fixture->path, F_OK), -1);
    assert_int_equal(access(fixture->lock_path, F_OK), -1);
    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(stat(fixture->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(stat(fixture->lock_path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(access(fixture_file(fixture, "tokens.tdb.new"), F_OK),
                     -1);
    tokenstore_token_free(&token);
}

static unsigned int syncs_of_a_create(struct fixture *fixture) {
    unsigned int before = interpose.syncs;

    issue(fixture->store, "virtual-jane", NULL);
    return interpose.syncs - before;
}

static void test_environment_cannot_switch_syncing_off(void **state) {
    struct fixture *fixture = *state;
    unsigned int normal, with_variable;

    syncs_of_a_create(fixture);
    normal = syncs_of_a_create(fixture);
    assert_int_equal(setenv("TDB_NO_FSYNC", "1", 1), 0);
    with_variable = syncs_of_a_create(fixture);
    assert_int_equal(normal, 4);
    assert_int_equal(with_variable, normal);
}

static enum tokenstore_error look_at_change(struct view *view,
                                            void *argument) {
    const char *path = argument;

    (void)view;
    assert_false(is_mapped(path));
    return TOKENSTORE_ERROR_CONFLICT;
}

static void test_failing_function_changes_nothing(void **state) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    size_t before_length, after_length;
    char *before, *after;

    issue(fixture->store, "virtual-jane", NULL);
    strcpy(file.path, fixture->path);
    before = read_file(fixture->path, &before_length);
    assert_error(file_write(&file, NULL, look_at_change, fixture->path),
                 TOKENSTORE_ERROR_CONFLICT);
    after = read_file(fixture->path, &after_length);
    assert_int_equal(after_length, before_length);
    assert_memory_equal(after, before, after_length);
    free(before);
    free(after);
}

struct watch {
    struct fixture *fixture;
    dev_t device;
    ino_t inode;
    unsigned int changes;  /* changes of the store's own file */
    unsigned int unmarked; /* those while the counter was even */
};

static void look_at_mark(int fd, void *argument) {
    struct watch *watch = argument;
    struct stat status;
    uint64_t count = 0;
    int lock;

    if (fstat(fd, &status) != 0 || status.st_ino != watch->inode ||
        status.st_dev != watch->device)
        return;
    lock = open(watch->fixture->lock_path, O_RDONLY);
    watch->changes++;
    if (pread(lock, &count, sizeof(count), 0) != sizeof(count) ||
        count % 2 == 0)
        watch->unmarked++;
    close(lock);
}

static void test_file_changes_only_while_marked(void **state) {
    struct fixture *fixture = *state;
    struct watch watch = {.fixture = fixture};
    struct stat status;
    const uint64_t id = 1;

    leave_recovery_due(fixture, NULL);
    assert_int_equal(stat(fixture->path, &status), 0);
    watch.device = status.st_dev;
    watch.inode = status.st_ino;
    interpose.on_change = look_at_mark;
    interpose.change_argument = &watch;
    assert_int_equal(count_tokens(fixture->store), 1); /* this recovers */
    assert_true(watch.changes >= 2);
    issue(fixture->store, "virtual-jane", NULL);
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    interpose.on_change = NULL;
    assert_true(watch.changes >= 2 + 2 * 8);
    assert_int_equal(watch.unmarked, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_create_never_truncates_an_existing_file),
        FILE_TEST(test_only_create_makes_a_store),
        FILE_TEST(test_environment_cannot_switch_syncing_off),
        FILE_TEST(test_failing_function_changes_nothing),
        FILE_TEST(test_file_changes_only_while_marked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
