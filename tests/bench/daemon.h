/*
 * daemon.h - accesstokend on a store, and requests to it.
 */
#ifndef TESTS_BENCH_DAEMON_H
#define TESTS_BENCH_DAEMON_H

#include <stdbool.h>

#include "tests/bench/load.h"
#include "tests/bench/server.h"
#include "tokenstore/tokenstore.h"

#define TOKENS_TARGET "/v1/auth/access-tokens/"

/* Its verify socket is the server's Unix socket. */
struct daemon {
    struct server server;
    char api_socket[PATH_MAX];
    const char *limits; /* none */
    const char *arguments[32];
};

/* On this store, with one thread that verifies, or with as many as it takes
 * by itself; whoever runs this administers.  The library is loaded first,
 * where it is not NULL. */
void daemon_start(struct daemon *daemon, const char *store, bool one_thread,
                  const char *preload);
void daemon_stop(struct daemon *daemon);

/* Room for a header with a token. */
#define AUTHORIZATION_SIZE (TOKENSTORE_BEARER_MAX + 32)

/* "Authorization: Bearer ...", of a new token with one scope or two. */
void issue_header(const char *store, const char *scope, const char *other,
                  char header[AUTHORIZATION_SIZE]);

/* A new file; its path lasts as long as the process. */
const char *text_file(const char *name, const char *text);

/* A load of which every sample has a second value, kept for the section that
 * comes next. */
struct second {
    double values[16];
    size_t kept, told;
};
void second_keep(struct second *second, double value);
double second_tell(void *second); /* a contender's sample */

#endif
