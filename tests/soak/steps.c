/*
 * steps.c - run many small steps in children, and the tool.
 * Every child must have an alarm set: no wait may be endless.
 */
#include <config.h>

#include "tests/soak/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/soak/soak.h"
#include "tests/support/pam_fixture.h"

#define EXPORTED __attribute__((visibility("default")))
#define PATIENCE 6 /* seconds */

struct steps *steps;

/* These replace the functions of libc for libtdb (-export-dynamic). The files
 * stay in the page cache; a disk would only slow the steps down. */
EXPORTED int fsync(int fd) {
    (void)fd;
    return 0;
}

EXPORTED int fdatasync(int fd) {
    (void)fd;
    return 0;
}

void guard(void) { alarm(PATIENCE); }

_Noreturn static void take_steps(uint64_t n, uint64_t end, uint64_t stride,
                                 uint64_t batch, void (*step)(uint64_t n)) {
    for (uint64_t i = 0; i < batch && n < end; i++, n += stride) {
        uint64_t start = (uint64_t)soak_clock();
        uint64_t took;

        steps->now = n;
        guard();
        step(n);
        took = (uint64_t)soak_clock() - start;
        if (took > steps->slowest)
            steps->slowest = took;
    }
    fflush(NULL);
    _exit(0);
}

static int wait_for(pid_t child) {
    int status = 0;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            fail_hard("waitpid: %s", strerror(errno));
    return status;
}

static void say_how(int status) {
    if (WIFEXITED(status))
        fprintf(stderr, "exited with status %d", WEXITSTATUS(status));
    else if (WTERMSIG(status) == SIGALRM)
        fprintf(stderr, "WRONG: hung for %d seconds", PATIENCE);
    else
        fprintf(stderr, "WRONG: died: %s", strsignal(WTERMSIG(status)));
    fprintf(stderr, ", in step %llu: %s\n", (unsigned long long)steps->now,
            steps->doing);
}

uint64_t run_steps(uint64_t first, uint64_t end, uint64_t stride,
                   uint64_t batch, void (*step)(uint64_t n)) {
    uint64_t failures = 0;

    if (steps == NULL)
        steps = soak_share(sizeof(*steps));
    memset(steps, 0, sizeof(*steps));
    for (uint64_t n = first; n < end;) {
        pid_t child;
        int status;

        fflush(NULL);
        child = soak_fork();
        if (child == 0)
            take_steps(n, end, stride, batch, step);
        status = wait_for(child);
        if (status != 0) {
            say_how(status);
            failures++;
            n = steps->now + stride;
        } else {
            n += batch * stride;
        }
    }
    return failures;
}

_Noreturn static void be_the_tool(char *const arguments[], const char *preload,
                                  int errors) {
    int null = open("/dev/null", O_RDWR);

    guard();
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    setenv("LD_LIBRARY_PATH", BUILD_DIRECTORY "/.libs", 1);
    if (preload != NULL) {
        setenv("LD_PRELOAD", preload, 1);
        setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
    }
    execv(BUILD_DIRECTORY "/.libs/accesstoken", arguments);
    _exit(127);
}

int run_tool(char *const arguments[], const char *preload, char *text,
             size_t size) {
    size_t length = 0;
    ssize_t count;
    pid_t child;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        fail_hard("pipe: %s", strerror(errno));
    child = soak_fork();
    if (child == 0)
        be_the_tool(arguments, preload, ends[1]);
    close(ends[1]);
    while (length < size - 1 &&
           (count = read(ends[0], text + length, size - 1 - length)) > 0)
        length += (size_t)count;
    text[length] = '\0';
    close(ends[0]);
    return wait_for(child);
}
