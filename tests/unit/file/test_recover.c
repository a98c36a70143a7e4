/*
 * test_recover.c - tests of undoing an interrupted change: it is undone only
 * if that is safe.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <tdb.h>
#include <unistd.h>

#include "tests/support/file_fixture.h"

static void test_reader_recovers_an_interrupted_change(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;

    leave_recovery_due(fixture, &bearer);
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(count_tokens(fixture->store), 1);
    assert_sound(fixture->store);
    assert_int_equal(issue(fixture->store, "virtual-joe", NULL), 2);
}

static void assert_not_recovered(struct fixture *fixture,
                                 const struct tokenstore_bearer *bearer) {
    size_t before_length, after_length;
    char *before = read_file(fixture->path, &before_length);
    char *after;

    assert_error(verify(fixture->store, bearer), TOKENSTORE_ERROR_UNAVAILABLE);
    after = read_file(fixture->path, &after_length);
    assert_int_equal(after_length, before_length);
    assert_memory_equal(after, before, after_length);
    free(before);
    free(after);
}

/* libtdb would write the memory after its copy of the area to the file. */
static void test_damaged_recovery_writes_nothing(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_report *report = NULL;
    const uint32_t too_long = 1000000;
    struct tokenstore_bearer bearer;
    char *damaged, *now;
    size_t length, now_length;
    uint32_t area;

    leave_recovery_due(fixture, &bearer);
    damaged = read_file(fixture->path, &length);
    /* tdb's header gives the offset of the area.  The area begins with a
     * record header of 24 bytes, followed by an offset and a length. */
    memcpy(&area, damaged + 44, sizeof(area));
    assert_in_range(area, 1, length - 1000);
    memcpy(damaged + area + 24 + 4, &too_long, sizeof(too_long));
    write_file(fixture->path, damaged, length, 0600);
    assert_error(tokenstore_check(fixture->store, &report),
                 TOKENSTORE_ERROR_DAMAGED);
    tokenstore_report_free(&report);
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_DAMAGED);
    now = read_file(fixture->path, &now_length);
    assert_int_equal(now_length, length);
    assert_memory_equal(now, damaged, length);
    free(now);
    free(damaged);
}

static void test_set_uid_programs_do_not_recover(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;

    leave_recovery_due(fixture, &bearer);
    interpose.secure = true;
    assert_not_recovered(fixture, &bearer);
    interpose.secure = false;
    assert_ok(verify(fixture->store, &bearer));
    interpose.secure = true;
    assert_ok(verify(fixture->store, &bearer));
}

static void test_no_recovery_without_syncing(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;

    leave_recovery_due(fixture, &bearer);
    assert_int_equal(setenv("TDB_NO_FSYNC", "1", 1), 0);
    assert_not_recovered(fixture, &bearer);
    assert_error(try_to_issue(fixture->store), TOKENSTORE_ERROR_UNAVAILABLE);
    assert_int_equal(unsetenv("TDB_NO_FSYNC"), 0);
    assert_ok(verify(fixture->store, &bearer));
}

static void
test_restore_recovers_and_respects_the_current_store(void **state) {
    struct fixture *fixture = *state;
    const char *backup = fixture_file(fixture, "backup.tdb");
    struct tokenstore_report *report = NULL;
    struct tokenstore_bearer revoked, good;
    const uint64_t id = 1;

    issue(fixture->store, "virtual-jane", &revoked);
    assert_ok(tokenstore_backup(fixture->store, backup));
    assert_ok(tokenstore_revoke(fixture->store, &id, 1, NULL));
    leave_recovery_due(fixture, &good);
    /* The current store can be read, so the token that it knows to be revoked
     * is not restored. */
    assert_ok(tokenstore_restore(fixture->store, backup, false, &report));
    tokenstore_report_free(&report);
    assert_error(verify(fixture->store, &revoked), TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(count_tokens(fixture->store), 0);
}

static void test_check_reports_a_due_recovery_without_doing_it(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_report *report = NULL;
    struct tokenstore_bearer bearer;
    size_t before_length, after_length;
    char *before, *after;

    leave_recovery_due(fixture, &bearer);
    before = read_file(fixture->path, &before_length);
    assert_ok(tokenstore_check(fixture->store, &report));
    assert_int_equal(tokenstore_report_count(report), 3);
    assert_non_null(strstr(tokenstore_report_line(report, 2), "interrupted"));
    tokenstore_report_free(&report);
    after = read_file(fixture->path, &after_length);
    assert_int_equal(after_length, before_length);
    assert_memory_equal(after, before, after_length);
    free(before);
    free(after);
}

static void test_wait_for_a_foreign_lock_is_bounded(void **state) {
    struct fixture *fixture = *state;
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_bearer bearer;
    char ready;
    int go[2];
    pid_t child;

    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(pipe(go), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int fd = open(fixture->path, O_RDWR);

        if (fd < 0 || fcntl(fd, F_SETLK, &whole) != 0 ||
            write(go[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(go[0], &ready, 1), 1);
    interpose.fake_clock = true;
    alarm(20);
    assert_error(tokenstore_create(fixture->store, token, NOW, &bearer, NULL),
                 TOKENSTORE_ERROR_BUSY);
    assert_int_equal(count_tokens(fixture->store), 1);
    alarm(0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    interpose.fake_clock = false;
    issue(fixture->store, "virtual-jane", NULL);
    close(go[0]);
    close(go[1]);
    tokenstore_token_free(&token);
}

static void close_after_three(void *argument) {
    struct tdb_context **tdb = argument;

    if (interpose.sleeps == 3) {
        tdb_close(*tdb);
        *tdb = NULL;
    }
}

static uint64_t read_count(const struct fixture *fixture) {
    uint64_t count = 0;
    int fd = open(fixture->lock_path, O_RDONLY);

    assert_int_equal(read(fd, &count, sizeof(count)), sizeof(count));
    close(fd);
    return count;
}

static void test_second_open_in_the_process_is_waited_for(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    struct tdb_context *tdb;
    uint64_t count;

    issue(fixture->store, "virtual-jane", &bearer);
    count = read_count(fixture);
    /* Another copy of the library in the same process would do the same. */
    tdb = tdb_open(fixture->path, 0, 0, O_RDONLY, 0);
    assert_non_null(tdb);
    interpose.on_sleep = close_after_three;
    interpose.sleep_argument = &tdb;
    assert_ok(verify(fixture->store, &bearer));
    assert_null(tdb);
    /* The call waited as a reader; a recovery would have changed the
     * counter. */
    assert_int_equal(read_count(fixture), count);
    tdb = tdb_open(fixture->path, 0, 0, O_RDONLY, 0);
    interpose.sleeps = 0;
    issue(fixture->store, "virtual-jane", NULL);
    assert_null(tdb);
    tdb = tdb_open(fixture->path, 0, 0, O_RDONLY, 0);
    interpose.on_sleep = NULL;
    interpose.fake_clock = true;
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_BUSY);
    tdb_close(tdb);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_reader_recovers_an_interrupted_change),
        FILE_TEST(test_damaged_recovery_writes_nothing),
        FILE_TEST(test_set_uid_programs_do_not_recover),
        FILE_TEST(test_no_recovery_without_syncing),
        FILE_TEST(test_restore_recovers_and_respects_the_current_store),
        FILE_TEST(test_check_reports_a_due_recovery_without_doing_it),
        FILE_TEST(test_wait_for_a_foreign_lock_is_bounded),
        FILE_TEST(test_second_open_in_the_process_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
