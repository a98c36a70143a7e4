/*
 * store_check.c - look for damage in the store.  A hostile file may crash or
 * hang libtdb, so a child process reads it, and the parent trusts nothing but
 * the child's exit code.
 */
#include <config.h>

#include "tools/accesstoken/store_check.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/common/monotonic.h"
#include "tools/common/process.h"

/* The largest store takes far less. */
#define CHECK_SECONDS (10 * 60)

/* In the child process: prints the findings to "lines". */
static enum exit_code look(struct context *context, FILE *lines) {
    struct tokenstore_report *report = NULL;
    const enum tokenstore_error error =
        tokenstore_check(context->store, &report);
    enum exit_code code = EXIT_OK;

    if (report != NULL)
        for (size_t i = 0; i < tokenstore_report_count(report); i++)
            fprintf(lines, "%s\n", tokenstore_report_line(report, i));
    if (error != TOKENSTORE_OK)
        code = store_failed(context, error);
    tokenstore_report_free(&report);
    if (fclose(lines) != 0 && code == EXIT_OK)
        code = EXIT_FAILED;
    return code;
}

static void run_child(struct context *context, int fd, pid_t parent)
    __attribute__((noreturn));

static void run_child(struct context *context, int fd, pid_t parent) {
    FILE *lines;

    process_forbid_dumps();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_FAILED);
    lines = fdopen(fd, "w");
    _exit(lines != NULL ? (int)look(context, lines) : (int)out_of_memory());
}

/* Prints what the child writes, escaped, unless it is to be quiet.  Returns
 * false if that takes longer than CHECK_SECONDS. */
static bool pass_on(int fd, FILE *findings) {
    const int64_t deadline =
        monotonic_now() + CHECK_SECONDS * MONOTONIC_SECOND;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    char text[4096];

    for (;;) {
        const int64_t left =
            (deadline - monotonic_now()) / MONOTONIC_MILLISECOND;
        ssize_t count;

        if (left <= 0)
            return false;
        if (poll(&ready, 1, (int)left) <= 0)
            continue;
        count = read(fd, text, sizeof(text) - 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return true;
        text[count] = '\0';
        if (findings == NULL)
            continue;
        for (char *line = text; line < text + count;) {
            const size_t length = strcspn(line, "\n");
            const bool ended = line[length] == '\n';

            line[length] = '\0';
            print_safe(findings, line);
            if (ended)
                fputc('\n', findings);
            line += length + 1;
        }
    }
}

/* Prints why there is no exit code of the child. */
static void explain(const char *path, int status, bool in_time) {
    if (!in_time)
        complain("%s: damaged: the check did not finish within %d minutes",
                 path, CHECK_SECONDS / 60);
    else
        complain("%s: damaged: the check crashed (%s)", path,
                 strsignal(WTERMSIG(status)));
}

/* Returns what the end of the child means: only its exit code is a result. */
static enum exit_code judge(const struct context *context, int status,
                            bool in_time, bool quiet) {
    if (!in_time || WIFSIGNALED(status)) {
        if (!quiet)
            explain(tokenstore_path(context->store), status, in_time);
        return EXIT_FAILED;
    }
    switch (WEXITSTATUS(status)) {
    case EXIT_OK:
        return EXIT_OK;
    case EXIT_USAGE: /* a remote store */
        return EXIT_USAGE;
    case EXIT_DENIED:
        return EXIT_DENIED;
    case EXIT_UNAVAILABLE:
        return EXIT_UNAVAILABLE;
    }
    return EXIT_FAILED;
}

enum exit_code store_check(struct context *context, FILE *findings) {
    const bool quiet = findings == NULL;
    const pid_t parent = getpid();
    int ends[2], status = 0;
    bool in_time;
    pid_t child;

    if (pipe(ends) != 0 || fflush(NULL) != 0 || (child = fork()) < 0) {
        complain("cannot start the check: %m");
        return EXIT_FAILED;
    }
    if (child == 0) {
        close(ends[0]);
        if (quiet)
            dup2(ends[1], STDERR_FILENO); /* which is not printed either */
        run_child(context, ends[1], parent);
    }
    close(ends[1]);
    in_time = pass_on(ends[0], findings);
    close(ends[0]);
    if (!in_time)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) {
            complain("cannot wait for the check: %m");
            return EXIT_FAILED;
        }
    return judge(context, status, in_time, quiet);
}
