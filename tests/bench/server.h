/*
 * server.h - run a program that serves, and find out where, and how much
 * processor time it takes.
 */
#ifndef TESTS_BENCH_SERVER_H
#define TESTS_BENCH_SERVER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct server {
    const char *name;
    const char *const *arguments; /* the first is its path */
    const char *preload;          /* a library to load first, or NULL */
    pid_t pid;
    char log[PATH_MAX]; /* all that it says */
    char unix_socket[PATH_MAX];
    unsigned int port; /* on 127.0.0.1 */
};

/* Run it; it has a log and a Unix socket of its own, by its name. */
void server_name(struct server *server, const char *name);
void server_start(struct server *server);

/* Wait for a line of its log that begins so, and copy the rest of it; false
 * where it ends before that. */
bool server_says(struct server *server, const char *begin, char *rest,
                 size_t size);

/* The same, for "listening on 127.0.0.1:PORT" after it; the benchmark ends
 * where it does not listen. */
void server_listens(struct server *server, const char *begin);

/* Wait until somebody answers at its Unix socket. */
void server_answers(struct server *server);

/* The end of its log, on standard error. */
void server_print_log(const struct server *server);

/* Of all its threads and children that there are, in nanoseconds. */
double server_processor_time(const struct server *server);

/* Stop it; the status that it ended with. */
int server_stop(struct server *server);

#endif
