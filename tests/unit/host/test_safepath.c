/*
 * test_safepath.c - tests of opening a file: it is opened if only root and
 * the caller can have written or replaced it, and otherwise refused before it
 * is read.  Rules whose test needs files of other owners are in
 * test_safepath_owner.c, because only root can give files away.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/store_fixture.h"

static enum tokenstore_error try(const char *path, const char *expected) {
    char message[TOKENSTORE_MESSAGE_SIZE] = "untouched";
    int fd = 77;
    enum tokenstore_error error = tokenstore_open_trusted(path, &fd, message);

    if (strstr(message, expected) == NULL)
        fail_msg("\"%s\" does not name '%s'", message, expected);
    if (error == TOKENSTORE_OK) {
        assert_string_equal(message, "");
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        close(fd);
    } else {
        assert_int_equal(fd, -1);
    }
    return error;
}

static const char *make(struct fixture *fixture, const char *name,
                        mode_t mode) {
    const char *path = fixture_file(fixture, name);

    write_file(path, "x\n", 2, mode);
    return path;
}

static void test_files_of_the_caller_and_of_root_are_opened(void **state) {
    struct fixture *fixture = *state;
    char *directory = get_current_dir_name();

    assert_ok(try("/etc/passwd", ""));
    assert_ok(try(make(fixture, "a", 0600), ""));
    assert_ok(try(make(fixture, "b", 0444), ""));
    assert_int_equal(chdir(fixture->directory), 0);
    assert_ok(try("a", ""));
    assert_int_equal(chdir(directory), 0);
    assert_int_equal(chmod(fixture->directory, 0755), 0);
    assert_ok(try(fixture_file(fixture, "a"), ""));
    free(directory);
}

static void test_file_that_others_could_write_is_refused(void **state) {
    struct fixture *fixture = *state;
    const char *path = make(fixture, "a", 0600);

    assert_int_equal(chmod(path, 0620), 0);
    assert_error(try(path, path), TOKENSTORE_ERROR_UNSAFE);
    assert_int_equal(chmod(path, 0602), 0);
    assert_error(try(path, path), TOKENSTORE_ERROR_UNSAFE);
    assert_int_equal(chmod(path, 01622), 0);
    assert_error(try(path, path), TOKENSTORE_ERROR_UNSAFE);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chmod(fixture->directory, 0770), 0);
    assert_error(try(path, fixture->directory), TOKENSTORE_ERROR_UNSAFE);
    /* A sticky directory such as /tmp is accepted: others cannot replace the
     * file there, and its owner has been checked. */
    assert_int_equal(chmod(fixture->directory, 01777), 0);
    assert_ok(try(path, ""));
    assert_int_equal(chmod(fixture->directory, 0700), 0);
}

static void test_other_than_a_regular_file_is_refused(void **state) {
    struct fixture *fixture = *state;
    const char *fifo = fixture_file(fixture, "fifo");

    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_error(try(fifo, fifo), TOKENSTORE_ERROR_UNSAFE);
    assert_error(try(fixture->directory, fixture->directory),
                 TOKENSTORE_ERROR_UNSAFE);
    assert_error(try("/dev/null", "/dev/null"), TOKENSTORE_ERROR_UNSAFE);
    assert_error(try(fixture_file(fixture, "none"), "none"),
                 TOKENSTORE_ERROR_MISSING);
    assert_error(try(fixture_file(fixture, "none/at/all"), "none"),
                 TOKENSTORE_ERROR_MISSING);
    assert_error(try(fixture_file(fixture, "fifo/file"), "fifo"),
                 TOKENSTORE_ERROR_UNSAFE);
}

static void test_target_of_a_link_is_judged(void **state) {
    struct fixture *fixture = *state;
    const char *path = make(fixture, "a", 0600);
    const char *link = fixture_file(fixture, "link");

    assert_int_equal(symlink("a", link), 0);
    assert_ok(try(link, ""));
    assert_int_equal(chmod(path, 0666), 0);
    assert_error(try(link, path), TOKENSTORE_ERROR_UNSAFE);
}

static void test_unreadable_file_is_refused(void **state) {
    const char *path = make(*state, "a", 0000);

    if (geteuid() == 0)
        skip(); /* root can read every file */
    assert_error(try(path, path), TOKENSTORE_ERROR_PERMISSION);
}

#define TEST(name)                                                            \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_files_of_the_caller_and_of_root_are_opened),
        TEST(test_file_that_others_could_write_is_refused),
        TEST(test_other_than_a_regular_file_is_refused),
        TEST(test_target_of_a_link_is_judged),
        TEST(test_unreadable_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
