/*
 * serve.h - a process that does its job once for each line that it is sent,
 * and answers with the nanoseconds it took.
 */
#ifndef TESTS_BENCH_SERVE_H
#define TESTS_BENCH_SERVE_H

/* The job, for a line without its newline.  It ends the process where it
 * cannot be done. */
typedef void serve_job(const char *line, void *argument);

/* Serve on standard input and output until there are no more lines. */
int serve(serve_job *job, void *argument);

#endif
