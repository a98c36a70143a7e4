/*
 * worker.h - run a process that serves (serve.h), and ask it.
 */
#ifndef TESTS_BENCH_WORKER_H
#define TESTS_BENCH_WORKER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct worker {
    const char *const *arguments; /* of the program; the first is its path */
    const char *preload;          /* a library to load first, or NULL */
    bool small_files; /* what it writes has a limit, RLIMIT_FSIZE */
    pid_t pid;
    FILE *to;
    FILE *from;
};

/* Fork, execute; the job has not been done yet. */
void worker_start(struct worker *worker);

/* One job: the nanoseconds that it took. */
double worker_ask(const struct worker *worker, const char *line);

void worker_stop(struct worker *worker);

#endif
