/*
 * serve.h - a process that does its job once for each line of input and prints
 * the nanoseconds that the job took.
 */
#ifndef TESTS_BENCH_SERVE_H
#define TESTS_BENCH_SERVE_H

/* The job for one line, which has no newline. It exits if it fails. */
typedef void serve_job(const char *line, void *argument);

/* Serve on standard input and output until the input ends. Returns 0, the exit
 * status of the program. */
int serve(serve_job *job, void *argument);

#endif
