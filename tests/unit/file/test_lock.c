/*
 * test_lock.c - tests of waiting for a writer, and of when no wait is needed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/file_fixture.h"
#include "tokenstore/file/write.h"

/* Locks the lock file as another process would, with an open file description
 * of its own, and writes the counter.  Returns the descriptor that holds the
 * lock. */
static int hold_writer_lock(struct fixture *fixture, uint64_t count) {
    struct flock byte = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 8, .l_len = 1};
    int fd = open(fixture->lock_path, O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &byte), 0);
    assert_int_equal(pwrite(fd, &count, sizeof(count), 0), sizeof(count));
    return fd;
}

static void test_change_that_takes_too_long_is_busy(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_token *token = new_token("virtual-jane");
    struct tokenstore_bearer bearer, unwanted;
    int fd;

    issue(fixture->store, "virtual-jane", &bearer);
    fd = hold_writer_lock(fixture, 1001);
    interpose.fake_clock = true;
    assert_error(verify(fixture->store, &bearer), TOKENSTORE_ERROR_BUSY);
    assert_in_range(interpose.sleeps, 5, 6);
    assert_non_null(
        strstr(tokenstore_message(fixture->store), fixture->lock_path));
    assert_error(
        tokenstore_create(fixture->store, token, NOW, &unwanted, NULL),
        TOKENSTORE_ERROR_BUSY);
    close(fd); /* the holder dies: readers and writers continue at once */
    interpose.sleeps = 0;
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(interpose.sleeps, 0);
    issue(fixture->store, "virtual-jane", NULL);
    tokenstore_token_free(&token);
}

static void test_writer_delays_no_reader_before_it_changes(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;
    int fd;

    issue(fixture->store, "virtual-jane", &bearer);
    fd = hold_writer_lock(fixture, 1000);
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(interpose.sleeps, 0);
    close(fd);
}

static enum tokenstore_error fork_inside(struct view *view, void *argument) {
    pid_t *child = argument;

    (void)view;
    *child = (pid_t)_Fork();
    if (*child == 0) {
        alarm(20); /* ends the child if the test fails before it does so */
        pause();
        _exit(0);
    }
    return TOKENSTORE_OK;
}

static void test_forked_child_does_not_keep_the_writer_lock(void **state) {
    struct fixture *fixture = *state;
    struct file file = {.path = ""};
    pid_t child = -1;

    issue(fixture->store, "virtual-jane", NULL);
    strcpy(file.path, fixture->path);
    assert_ok(file_write(&file, NULL, fork_inside, &child));
    assert_true(child > 0);
    interpose.fake_clock = true;
    issue(fixture->store, "virtual-jane", NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

struct forker {
    pthread_t thread;
    bool started;
    int orphan[2]; /* a pipe; the child ends when the test closes it */
    atomic_bool forked;
};

static void *fork_meanwhile(void *argument) {
    struct forker *forker = argument;
    pid_t child = fork();
    char byte;

    if (child == 0) {
        close(forker->orphan[1]);
        _exit((int)read(forker->orphan[0], &byte, 1));
    }
    forker->forked = true;
    return NULL;
}

/* Another thread forks now, unless it has to wait for this one. */
static void start_fork(void *argument) {
    struct forker *forker = argument;

    if (forker->started)
        return;
    forker->started = true;
    if (pthread_create(&forker->thread, NULL, fork_meanwhile, forker) != 0)
        _exit(1);
    for (int i = 0; i < 200 && !forker->forked; i++)
        syscall(SYS_nanosleep, &(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void
test_child_of_a_killed_writer_does_not_keep_its_lock(void **state) {
    struct fixture *fixture = *state;
    struct forker forker = {.started = false};
    struct tokenstore_bearer bearer;
    pid_t writer;
    int status;

    issue(fixture->store, "virtual-jane", &bearer);
    assert_int_equal(pipe(forker.orphan), 0);
    writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        interpose.on_lock = start_fork;
        interpose.lock_argument = &forker;
        interpose.at_change = interpose.changes + 1;
        interpose.fate = FATE_KILL;
        issue(fixture->store, "virtual-jane", NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    interpose.fake_clock = true;
    issue(fixture->store, "virtual-jane", NULL);
    assert_ok(verify(fixture->store, &bearer));
    close(forker.orphan[0]);
    close(forker.orphan[1]);
}

static void test_store_without_lock_file_is_readable(void **state) {
    struct fixture *fixture = *state;
    struct tokenstore_bearer bearer;

    issue(fixture->store, "virtual-jane", &bearer);
    assert_int_equal(unlink(fixture->lock_path), 0);
    assert_ok(verify(fixture->store, &bearer));
    assert_int_equal(access(fixture->lock_path, F_OK), -1);
    issue(fixture->store, "virtual-jane", NULL);
    assert_int_equal(access(fixture->lock_path, F_OK), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_change_that_takes_too_long_is_busy),
        FILE_TEST(test_writer_delays_no_reader_before_it_changes),
        FILE_TEST(test_forked_child_does_not_keep_the_writer_lock),
        FILE_TEST(test_child_of_a_killed_writer_does_not_keep_its_lock),
        FILE_TEST(test_store_without_lock_file_is_readable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
