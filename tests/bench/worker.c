/*
 * worker.c - run a process that serves (serve.h), and send it jobs.
 */
#include <config.h>

#include "tests/bench/worker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/pam_fixture.h"

static FILE *stream(int fd, const char *mode) {
    FILE *file = fdopen(fd, mode);

    if (file == NULL)
        fail_hard("fdopen: %m");
    return file;
}

void worker_start(struct worker *worker) {
    int to[2], from[2];

    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
        fail_hard("pipe: %m");
    worker->pid = fork();
    if (worker->pid < 0)
        fail_hard("fork: %m");
    if (worker->pid == 0) {
        if (dup2(to[0], STDIN_FILENO) < 0 || dup2(from[1], STDOUT_FILENO) < 0)
            _exit(99);
        if (worker->preload != NULL)
            setenv("LD_PRELOAD", worker->preload, 1);
        if (worker->small_files &&
            setrlimit(RLIMIT_FSIZE, &(struct rlimit){1 << 30, 1 << 30}) != 0)
            _exit(99);
        execv(worker->arguments[0],
              (char *const *)(uintptr_t)worker->arguments);
        _exit(99);
    }
    close(to[0]);
    close(from[1]);
    worker->to = stream(to[1], "w");
    worker->from = stream(from[0], "r");
}

double worker_ask(const struct worker *worker, const char *line) {
    double answer;

    fprintf(worker->to, "%s\n", line);
    if (fflush(worker->to) != 0 || fscanf(worker->from, "%lf", &answer) != 1)
        fail_hard("%s %s: no answer", worker->arguments[0],
                  worker->arguments[2]);
    return answer;
}

void worker_stop(struct worker *worker) {
    int status;

    fclose(worker->to);
    fclose(worker->from);
    if (waitpid(worker->pid, &status, 0) < 0 || status != 0)
        fail_hard("%s: ended with %d", worker->arguments[0], status);
}
