/*
 * load.h - many requests at a server, by h2load, which speaks HTTP/1.1 over
 * TCP and over Unix sockets.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <stddef.h>

#define LOAD_HEADERS_MAX 4

struct load {
    const char *unix_socket; /* NULL: TCP, to 127.0.0.1 */
    unsigned int port;
    const char *target; /* "/path?query"; NULL: from the file */
    const char *uris;   /* a file of "http://x/path" lines */
    const char *headers[LOAD_HEADERS_MAX + 1]; /* NULL ends them */
    const char *body;                          /* a file: POST it; NULL: GET */
    unsigned int connections;
    size_t requests; /* 0: as many as are answered in two seconds */
};

struct load_result {
    size_t requests;
    double rate;  /* a second */
    double bytes; /* of bodies */
};

/* The benchmark ends where anything but 200 comes back. */
void load_run(const struct load *load, struct load_result *result);

#endif
