/*
 * test_signals.c - tests of signals, forks and cancellation that arrive while
 * a thread has the mutex or the writer lock: they take effect afterwards, and
 * delay nobody else.  While a call waits, signals arrive.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/descriptors.h"
#include "tests/support/file_fixture.h"
#include "tests/support/suppressions.h"
#include "tokenstore/file/read.h"
#include "tokenstore/file/turn.h"

static struct fixture *fixture;
static struct tokenstore_bearer good;
static struct sigaction old_action;

static int set_up(void **state) {
    const int result = file_set_up(state);

    fixture = *state;
    sigaction(SIGUSR1, NULL, &old_action);
    return result;
}

static int tear_down(void **state) {
    sigaction(SIGUSR1, &old_action, NULL);
    return file_tear_down(state);
}

static void on_signal(void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler};

    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
}

/* ------------------------------------------------------------- the moments */

/* What happens at one moment of a call: at its nth change of a file, or when
 * it opens the store's file. */
struct moment {
    unsigned int change; /* 0: at the open */
    void (*act)(void);
    bool acted;
};

static void at_change(int fd, void *argument) {
    struct moment *moment = argument;

    (void)fd;
    if (interpose.changes + 1 == moment->change) {
        moment->acted = true;
        moment->act();
    }
}

static void at_open(const char *path, void *argument) {
    struct moment *moment = argument;

    if (moment->change == 0 && strcmp(path, fixture->path) == 0 &&
        !moment->acted) {
        moment->acted = true;
        moment->act();
    }
}

static void arm(struct moment *moment) {
    interpose_reset();
    interpose.on_change = at_change;
    interpose.change_argument = moment;
    interpose.on_open = at_open;
    interpose.open_argument = moment;
}

static enum tokenstore_error create(void) {
    return try_to_issue(fixture->store);
}

static enum tokenstore_error log_in(void) {
    return verify(fixture->store, &good);
}

/* Runs a call in a process of its own with something happening in it. */
static pid_t start(struct moment *moment,
                   enum tokenstore_error (*call)(void)) {
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        enum tokenstore_error error;

        /* Of an orphaned group, nobody can be stopped by a terminal. */
        setpgid(0, 0);
        arm(moment);
        error = call();
        _exit(!moment->acted ? 2 : error == TOKENSTORE_OK ? 0 : 1);
    }
    return child;
}

/* Waits for the child, which may have been stopped, but not for ever: it may
 * hang with all signals blocked. */
static int status_of(pid_t child) {
    int status = -1;

    for (int i = 0; i < 6000; i++) {
        if (waitpid(child, &status, WNOHANG | WUNTRACED) == child)
            return status;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    fail_msg("it hangs");
    return status;
}

/* -------------------------------------------------------------- stop signals
 */

static void stop(void) { raise(SIGTSTP); }

/* Stopped at any moment, a process delays neither logins nor changes. */
static void stop_at(unsigned int change, enum tokenstore_error (*call)(void)) {
    struct moment moment = {.change = change, .act = stop};
    pid_t child = start(&moment, call);
    int status = status_of(child);

    assert_true(WIFSTOPPED(status));
    interpose_reset();
    interpose.fake_clock = true;
    assert_ok(log_in());
    assert_ok(create());
    assert_int_equal(interpose.sleeps, 0);
    interpose_reset();
    kill(child, SIGCONT);
    assert_int_equal(status_of(child), 0);
}

static void test_stop_signal_waits_for_the_end_of_a_change(void **state) {
    unsigned int changes;

    (void)state;
    issue(fixture->store, "virtual-jane", &good);
    interpose_reset();
    assert_ok(create());
    changes = interpose.changes;
    assert_true(changes > 8);
    for (unsigned int at = 0; at <= changes; at++)
        stop_at(at, create);
    stop_at(0, log_in);
}

/* --------------------------------------------------------------------- forks
 */

/* fork() is safe in a handler; the child uses a handle of its own. */
static void fork_and_log_in(int signal) {
    pid_t child = fork();
    int status = -1;

    (void)signal;
    if (child == 0) {
        struct tokenstore *store = NULL;

        interpose_reset();
        _exit(tokenstore_open(fixture->path, &store) == TOKENSTORE_OK &&
                      verify(store, &good) == TOKENSTORE_OK
                  ? 0
                  : 1);
    }
    waitpid(child, &status, 0);
    if (status != 0)
        _exit(3);
}

static void interrupt(void) { raise(SIGUSR1); }

static void test_handler_that_forks_at_any_moment_does_not_hang(void **state) {
    unsigned int changes;

    (void)state;
    issue(fixture->store, "virtual-jane", &good);
    interpose_reset();
    assert_ok(create());
    changes = interpose.changes;
    on_signal(fork_and_log_in);
    for (unsigned int at = 0; at <= changes; at++) {
        struct moment moment = {.change = at, .act = interrupt};

        assert_int_equal(status_of(start(&moment, create)), 0);
        if (at == 0)
            assert_int_equal(status_of(start(&moment, log_in)), 0);
    }
}

static bool forking;

/* Runs in fork(), after the library's own handler has taken the mutex. */
static void interrupt_fork(void) {
    if (forking) {
        forking = false;
        raise(SIGUSR1);
    }
}

static enum tokenstore_error fork_once(void) {
    pid_t child;
    int status = -1;

    if (log_in() != TOKENSTORE_OK)
        return TOKENSTORE_ERROR_IO;
    forking = true;
    child = fork();
    if (child == 0)
        _exit(log_in() == TOKENSTORE_OK ? 0 : 1);
    waitpid(child, &status, 0);
    return status == 0 ? log_in() : TOKENSTORE_ERROR_IO;
}

static void test_handler_that_forks_within_a_fork_does_not_hang(void **state) {
    struct moment moment = {.change = 0, .act = interrupt};

    (void)state;
    issue(fixture->store, "virtual-jane", &good);
    on_signal(fork_and_log_in);
    assert_int_equal(status_of(start(&moment, fork_once)), 0);
}

/* -------------------------------------------------------------- cancellation
 */

static void cancel(void) {
    pthread_cancel(pthread_self());
    pthread_testcancel(); /* as a read or write of libc would */
}

static enum tokenstore_error (*cancelled_call)(void);

static void *run_cancelled(void *unused) {
    (void)unused;
    cancelled_call();
    pthread_testcancel();
    return NULL;
}

static enum tokenstore_error back_up(void) {
    const char *file = fixture_file(fixture, "backup.tdb");

    unlink(file);
    return tokenstore_backup(fixture->store, file);
}

static void cancel_at(unsigned int change,
                      enum tokenstore_error (*call)(void)) {
    struct moment moment = {.change = change, .act = cancel};
    const unsigned int before = open_descriptors();
    pthread_t thread;
    void *result;

    arm(&moment);
    cancelled_call = call;
    assert_int_equal(pthread_create(&thread, NULL, run_cancelled, NULL), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_true(moment.acted);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    interpose_reset();
    assert_int_equal(open_descriptors(), before);
    assert_ok(log_in());
    assert_ok(create());
}

static void test_cancelled_thread_leaves_nothing_behind(void **state) {
    (void)state;
    issue(fixture->store, "virtual-jane", &good);
    for (unsigned int at = 0; at <= 8; at++)
        cancel_at(at, create);
    for (unsigned int at = 1; at <= 6; at++)
        cancel_at(at, back_up);
    cancel_at(0, log_in);
}

/* --------------------------------------------------------------------- waits
 */

static atomic_int handled;

static void count_signal(int signal) {
    (void)signal;
    handled++;
}

/* Is called in each wait: a signal arrives at once. */
static void interrupt_wait(void *unused) {
    const int before = handled;

    (void)unused;
    raise(SIGUSR1);
    assert_int_equal(handled, before + 1);
}

static void test_signal_arrives_while_a_writer_waits(void **state) {
    struct flock byte = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 8, .l_len = 1};
    int fd;

    (void)state;
    issue(fixture->store, "virtual-jane", &good);
    on_signal(count_signal);
    fd = open(fixture->lock_path, O_RDWR);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &byte), 0);
    interpose.fake_clock = true;
    interpose.on_sleep = interrupt_wait;
    assert_error(create(), TOKENSTORE_ERROR_BUSY);
    assert_true(interpose.sleeps >= 5);
    close(fd);
    assert_ok(create());
}

struct holder {
    pthread_t waiter;
    atomic_bool holds;
};

/* Keeps the turn until the waiter has got a signal. */
static void *hold_turn(void *argument) {
    struct holder *holder = argument;
    struct deadline deadline = deadline_after(60000);
    struct message message;

    if (turn_enter(&deadline, &message) != TOKENSTORE_OK)
        return NULL;
    holder->holds = true;
    while (handled == 0) {
        pthread_kill(holder->waiter, SIGUSR1);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    turn_leave();
    return NULL;
}

static void test_signal_arrives_while_a_thread_waits(void **state) {
    struct holder holder = {.waiter = pthread_self()};
    sigset_t signals;
    pthread_t thread;

    (void)state;
    issue(fixture->store, "virtual-jane", &good);
    on_signal(count_signal);
    handled = 0;
    /* No signal before the wait: it would prove nothing. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    assert_int_equal(pthread_create(&thread, NULL, hold_turn, &holder), 0);
    while (!holder.holds)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    handled = 0;
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    handled = 0;
    assert_ok(log_in());
    assert_true(handled > 0);
    pthread_join(thread, NULL);
}

/* ---------------------------------------------------------------- the mask */

static bool is_blocked(int signal) {
    sigset_t now;

    pthread_sigmask(SIG_BLOCK, NULL, &now);
    return sigismember(&now, signal) == 1;
}

static enum tokenstore_error look_at_mask(struct view *view, void *argument) {
    (void)view;
    assert_true(is_blocked(SIGINT) && is_blocked(SIGTSTP) &&
                is_blocked(SIGTERM) && is_blocked(SIGALRM) &&
                is_blocked(SIGRTMAX));
    /* A crash must be reported, and a sandbox be asked. */
    assert_false(is_blocked(SIGSEGV) || is_blocked(SIGBUS) ||
                 is_blocked(SIGFPE) || is_blocked(SIGILL) ||
                 is_blocked(SIGTRAP) || is_blocked(SIGSYS));
    return *(enum tokenstore_error *)argument;
}

static void test_mask_and_cancellation_are_restored_exactly(void **state) {
    static enum tokenstore_error results[] = {TOKENSTORE_OK,
                                              TOKENSTORE_ERROR_IO};
    struct file file = {.path = ""};
    sigset_t mine, before, after;
    int cancellation;
    int status = -1;

    (void)state;
    issue(fixture->store, "virtual-jane", &good);
    strcpy(file.path, fixture->path);
    sigemptyset(&mine);
    sigaddset(&mine, SIGUSR2);
    sigaddset(&mine, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &mine, &before);
    for (int disabled = 0; disabled < 2; disabled++) {
        pthread_setcancelstate(
            disabled ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE, NULL);
        for (size_t i = 0; i < 2; i++) {
            /* A fault that the application blocks stays blocked. */
            pthread_sigmask(SIG_UNBLOCK, &mine, NULL);
            assert_error(file_read(&file, look_at_mask, &results[i]),
                         results[i]);
            pthread_sigmask(SIG_SETMASK, &mine, NULL);
            assert_ok(log_in());
            assert_ok(create());
            if (fork() == 0)
                _exit(is_blocked(SIGUSR2) && is_blocked(SIGBUS) &&
                              !is_blocked(SIGINT)
                          ? 0
                          : 1);
            assert_true(wait(&status) > 0);
            assert_int_equal(status, 0);
            pthread_sigmask(SIG_BLOCK, NULL, &after);
            for (int signal = 1; signal < NSIG; signal++)
                assert_int_equal(sigismember(&after, signal),
                                 sigismember(&mine, signal));
            pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &cancellation);
            assert_int_equal(cancellation, disabled ? PTHREAD_CANCEL_DISABLE
                                                    : PTHREAD_CANCEL_ENABLE);
            pthread_setcancelstate(cancellation, NULL);
        }
    }
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_stop_signal_waits_for_the_end_of_a_change),
        TEST(test_handler_that_forks_at_any_moment_does_not_hang),
        TEST(test_handler_that_forks_within_a_fork_does_not_hang),
        TEST(test_cancelled_thread_leaves_nothing_behind),
        TEST(test_signal_arrives_while_a_writer_waits),
        TEST(test_signal_arrives_while_a_thread_waits),
        TEST(test_mask_and_cancellation_are_restored_exactly),
    };

    /* Before the library's, so that fork() calls it after those. */
    pthread_atfork(interrupt_fork, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
