/*
 * server.h - run a program that serves, wait until it answers, and measure its
 * processor time. Unless noted, every function stops the benchmark on an
 * error.
 */
#ifndef TESTS_BENCH_SERVER_H
#define TESTS_BENCH_SERVER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct server {
    const char *name;
    const char *const *arguments; /* the first is the path of the program */
    const char *preload;          /* a library that it loads first, or NULL */
    pid_t pid;
    char log[PATH_MAX]; /* its standard output and standard error */
    char unix_socket[PATH_MAX];
    unsigned int port; /* on 127.0.0.1; set by server_listens() */
};

/* server_name() sets the name, which must stay valid, and from it the paths of
 * the log and of the Unix socket. server_start() runs the arguments, which
 * must stay valid too. */
void server_name(struct server *server, const char *name);
void server_start(struct server *server);

/* Waits for a line of the log that begins with "begin", and copies the rest of
 * the line. Returns false if the server exits before that. */
bool server_says(struct server *server, const char *begin, char *rest,
                 size_t size);

/* Waits for a line that has "listening on 127.0.0.1:PORT" after "begin", and
 * sets the port. */
void server_listens(struct server *server, const char *begin);

/* Waits until the server accepts a connection at its Unix socket. */
void server_answers(struct server *server);

/* Prints the end of the log on standard error. */
void server_print_log(const struct server *server);

/* Returns the processor time, in nanoseconds, of all its current threads and
 * children. */
double server_processor_time(const struct server *server);

/* Stops the server. Returns its exit status, or -1 if a signal ended it. */
int server_stop(struct server *server);

#endif
