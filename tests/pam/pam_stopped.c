/*
 * pam_stopped.c - prove logins while another process is stopped at a bad
 * moment.
 *
 * While a writer is stopped in the middle of a commit, a login gets
 * PAM_AUTHINFO_UNAVAIL within 6 seconds; after the writer goes on or is
 * killed, logins work again.  A stopped reader delays nobody.
 *
 * The child stops itself: this program defines fdatasync, fsync and pread,
 * which libtdb finds before those of libc (-export-dynamic).
 */
#include <config.h>

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"

#define EXPORTED __attribute__((visibility("default")))

/* Set in a child: how many of these calls are left until it stops. */
static int stop_at_sync;
static int stop_at_read;

static void stop_if(int *countdown) {
    if (*countdown > 0 && --*countdown == 0)
        raise(SIGSTOP);
}

EXPORTED int fdatasync(int fd) {
    stop_if(&stop_at_sync);
    return (int)syscall(SYS_fdatasync, fd);
}

EXPORTED int fsync(int fd) {
    stop_if(&stop_at_sync);
    return (int)syscall(SYS_fsync, fd);
}

EXPORTED ssize_t pread(int fd, void *buffer, size_t size, off_t offset) {
    stop_if(&stop_at_read);
    return syscall(SYS_pread64, fd, buffer, size, offset);
}

EXPORTED ssize_t pread64(int fd, void *buffer, size_t size, off64_t offset) {
    stop_if(&stop_at_read);
    return syscall(SYS_pread64, fd, buffer, size, offset);
}

static struct tokenstore_bearer good;
static int failures;

static void expect(const char *when, int wanted) {
    int code;

    alarm(6);
    code = client_login("imap", fixture_me(), good.text);
    alarm(60);
    if (code != wanted) {
        fprintf(stderr, "%s: %d, not %d\n", when, code, wanted);
        failures++;
    }
}

/* Returns a child that has stopped while it issues a token or logs in. */
static pid_t stopped_child(int *countdown, int calls) {
    pid_t child = fork();
    int status;

    if (child < 0)
        fail_hard("fork");
    if (child == 0) {
        struct fixture_token token = {0};
        struct tokenstore_bearer bearer;

        *countdown = calls;
        if (countdown == &stop_at_sync)
            fixture_issue(&token, &bearer);
        else
            client_login("imap", fixture_me(), good.text);
        _exit(0);
    }
    if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status))
        fail_hard("the child did not stop");
    return child;
}

static int end(pid_t child, int signal) {
    int status = -1;

    kill(child, signal);
    waitpid(child, &status, 0);
    return status;
}

static void test_writer_that_goes_on(void) {
    pid_t writer = stopped_child(&stop_at_sync, 2);

    expect("while a writer is stopped", PAM_AUTHINFO_UNAVAIL);
    if (end(writer, SIGCONT) != 0) {
        fprintf(stderr, "the writer could not finish\n");
        failures++;
    }
    expect("after the writer went on", PAM_SUCCESS);
}

/* A commit has four syncs.  A writer that is killed at any of them leaves a
 * change that the next login rolls back. */
static void test_writer_that_is_killed(int sync) {
    struct fixture_token token = {0};
    struct tokenstore_bearer bearer;
    pid_t writer = stopped_child(&stop_at_sync, sync);

    end(writer, SIGKILL);
    expect("after the writer was killed", PAM_SUCCESS);
    fixture_issue(&token, &bearer);
    expect("after the next writer", PAM_SUCCESS);
}

static void test_reader(void) {
    struct fixture_token token = {0};
    struct tokenstore_bearer bearer;
    pid_t reader = stopped_child(&stop_at_read, 1);

    expect("while a reader is stopped", PAM_SUCCESS);
    alarm(6);
    fixture_issue(&token, &bearer);
    alarm(60);
    if (end(reader, SIGCONT) != 0) {
        fprintf(stderr, "the reader could not finish\n");
        failures++;
    }
}

int main(void) {
    struct fixture_token token = {0};

    fixture_begin(60);
    fixture_imap();
    fixture_issue(&token, &good);
    expect("before", PAM_SUCCESS);
    test_writer_that_goes_on();
    for (int sync = 1; sync <= 4; sync++)
        test_writer_that_is_killed(sync);
    test_reader();
    return failures == 0 ? 0 : 1;
}
