/*
 * worker.h - run a process that serves (serve.h), and send it jobs. Every
 * function stops the benchmark on an error.
 */
#ifndef TESTS_BENCH_WORKER_H
#define TESTS_BENCH_WORKER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct worker {
    const char *const *arguments; /* of the program; the first is its path */
    const char *preload;          /* a library that it loads first, or NULL */
    bool small_files; /* limit the size of its files with RLIMIT_FSIZE */
    pid_t pid;
    FILE *to;
    FILE *from;
};

/* Starts the process and sends no job yet. */
void worker_start(struct worker *worker);

/* Sends one job. Returns the nanoseconds that it took. */
double worker_ask(const struct worker *worker, const char *line);

void worker_stop(struct worker *worker);

#endif
