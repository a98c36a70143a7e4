/*
 * daemon.h - run accesstokend on a store, and prepare requests to it. Every
 * function stops the benchmark on an error.
 */
#ifndef TESTS_BENCH_DAEMON_H
#define TESTS_BENCH_DAEMON_H

#include <stdbool.h>

#include "tests/bench/load.h"
#include "tests/bench/server.h"
#include "tokenstore/tokenstore.h"

#define TOKENS_TARGET "/v1/auth/access-tokens/"

/* The verify socket of the daemon is server.unix_socket. */
struct daemon {
    struct server server;
    char api_socket[PATH_MAX];
    const char *limits; /* the path of an empty file: no limits */
    const char *arguments[32];
};

/* Starts the daemon on this store, with one thread that verifies or with its
 * default number of threads, and returns when it answers. The caller's group
 * administers. The daemon loads the library "preload" first, unless that is
 * NULL. */
void daemon_start(struct daemon *daemon, const char *store, bool one_thread,
                  const char *preload);
void daemon_stop(struct daemon *daemon);

/* Room for a header with a bearer token. */
#define AUTHORIZATION_SIZE (TOKENSTORE_BEARER_MAX + 32)

/* Issues a token with one scope or two (other may be NULL) and writes the
 * header "Authorization: Bearer ..." for it. */
void issue_header(const char *store, const char *scope, const char *other,
                  char header[AUTHORIZATION_SIZE]);

/* Makes a file in the fixture's directory with this text. The path that it
 * returns stays valid until the process exits. */
const char *text_file(const char *name, const char *text);

/* The second values of a contender's samples. They are kept while the first
 * values are measured, and then shown as the next section. */
struct second {
    double values[16];
    size_t kept, told;
};
void second_keep(struct second *second, double value);
double second_tell(void *second); /* the sample function of that section */

#endif
