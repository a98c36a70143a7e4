/*
 * load.h - many requests to a server, sent by h2load, which speaks HTTP/1.1
 * over TCP and over Unix sockets.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <stddef.h>

#define LOAD_HEADERS_MAX 4

struct load {
    const char *unix_socket; /* NULL: TCP to 127.0.0.1 */
    unsigned int port;
    const char *target; /* "/path?query"; NULL: take the URIs from the file */
    const char *uris;   /* a file of "http://x/path" lines */
    const char *headers[LOAD_HEADERS_MAX + 1]; /* NULL ends the list */
    const char *body;                          /* a file to POST; NULL: GET */
    unsigned int connections;
    size_t requests; /* 0: as many as the server answers in two seconds */
};

struct load_result {
    size_t requests;
    double rate;  /* requests per second */
    double bytes; /* in bodies of answers */
};

/* Sends the requests. Stops the benchmark if one of them is not answered with
 * status 200. */
void load_run(const struct load *load, struct load_result *result);

#endif
