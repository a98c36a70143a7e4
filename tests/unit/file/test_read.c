/*
 * test_read.c - tests of reading: a reader delays nobody and never returns a
 * mixture of two states.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/descriptors.h"
#include "tests/support/file_fixture.h"
#include "tokenstore/file/read.h"
#include "tokenstore/local/tokens.h"

struct peek {
    struct fixture *fixture;
    unsigned int calls;
    unsigned int disturb; /* in how many calls a writer interferes */
    bool lie;             /* return an error if a writer interfered */
};

static void assert_no_locks(const char *path) {
    struct flock probe = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDWR);

    /* Runs in another process, which sees the locks of this one as foreign. */
    if (fd < 0 || fcntl(fd, F_GETLK, &probe) != 0 || probe.l_type != F_UNLCK)
        _exit(1);
    probe = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_GETLK, &probe) != 0 || probe.l_type != F_UNLCK)
        _exit(2);
    close(fd);
}

static enum tokenstore_error peek_inside(struct view *view, void *argument) {
    struct peek *peek = argument;
    uint64_t next;
    pid_t child;
    int status;

    assert_int_equal(view_attempt(view), peek->calls);
    peek->calls++;
    assert_ok(tokens_next_id(view, &next));
    assert_false(is_mapped(peek->fixture->path));
    /* _Fork() runs no fork handlers: this thread holds the mutex, for which
     * they would wait. */
    child = (pid_t)_Fork();
    if (child == 0) {
        assert_no_locks(peek->fixture->path);
        assert_no_locks(peek->fixture->lock_path);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    if (peek->calls <= peek->disturb) {
        uint64_t count = 100 + 2 * peek->calls;
        int fd = open(peek->fixture->lock_path, O_WRONLY);

        assert_int_equal(pwrite(fd, &count, sizeof(count), 0), sizeof(count));
        close(fd);
        if (peek->lie)
            return TOKENSTORE_ERROR_DAMAGED;
    }
    return TOKENSTORE_OK;
}

static void test_reader_takes_no_lock_and_maps_nothing(void **state) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    struct peek peek = {.fixture = fixture};

    issue(fixture->store, "virtual-jane", NULL);
    strcpy(file.path, fixture->path);
    assert_ok(file_read(&file, peek_inside, &peek));
    assert_int_equal(peek.calls, 1);
}

static void test_read_is_repeated_if_a_change_interferes(void **state) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    struct peek peek = {.fixture = fixture, .disturb = 3, .lie = true};

    issue(fixture->store, "virtual-jane", NULL);
    strcpy(file.path, fixture->path);
    assert_ok(file_read(&file, peek_inside, &peek));
    assert_int_equal(peek.calls, 4);
}

static void test_endless_changes_end_in_busy(void **state) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    struct peek peek = {.fixture = fixture, .disturb = UINT32_MAX};

    issue(fixture->store, "virtual-jane", NULL);
    strcpy(file.path, fixture->path);
    interpose.fake_clock = true;
    assert_error(file_read(&file, peek_inside, &peek), TOKENSTORE_ERROR_BUSY);
}

static void test_replaced_file_is_seen_by_an_open_handle(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_report *report = NULL;
    struct tokenstore *other = NULL;
    struct tokenstore_bearer bearer;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct stat before, after;

    issue(fixture->store, "virtual-jane", &bearer);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(issue(fixture->store, "virtual-jane", &bearer), 2);
    assert_int_equal(stat(fixture->path, &before), 0);
    assert_ok(tokenstore_open(fixture->path, &other));
    assert_ok(tokenstore_restore(other, backup, false, &report));
    assert_int_equal(stat(fixture->path, &after), 0);
    assert_true(before.st_ino != after.st_ino);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_REFUSED);
    tokenstore_report_free(&report);
    tokenstore_close(&other);
}

static void test_no_descriptor_stays_open(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report = NULL;
    struct tokenstore_bearer bearer;
    size_t before = open_descriptors();

    assert_error(verify(fixture->store, &(struct tokenstore_bearer){""}),
                 TOKENSTORE_ERROR_INVALID_BEARER);
    issue(fixture->store, "virtual-jane", &bearer);
    assert_ok(verify(fixture->store, &bearer));
    assert_sound(fixture->store);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_error(tokenstore_backup(fixture->store, backup),
                 TOKENSTORE_ERROR_EXISTS);
    assert_ok(tokenstore_restore(fixture->store, backup, false, &report));
    tokenstore_report_free(&report);
    write_file(fixture->path, "x", 1, 0600);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_DAMAGED);
    assert_int_equal(unlink(fixture->path), 0);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_MISSING);
    assert_int_equal(open_descriptors(), before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_reader_takes_no_lock_and_maps_nothing),
        FILE_TEST(test_read_is_repeated_if_a_change_interferes),
        FILE_TEST(test_endless_changes_end_in_busy),
        FILE_TEST(test_replaced_file_is_seen_by_an_open_handle),
        FILE_TEST(test_no_descriptor_stays_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
