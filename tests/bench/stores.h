/*
 * stores.h - the stores that are measured. Each is made once in a run and
 * never changed; to change one, make a copy.
 */
#ifndef TESTS_BENCH_STORES_H
#define TESTS_BENCH_STORES_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"

/* The number of virtual users. They get tokens in turn, so that the ids of
 * each user are far apart. */
#define USERS 1000

/* The scope of the tokens. */
#define SCOPE "bench"

/* The most tokens whose secrets are kept, spread over the store. */
#define KEPT_MAX 100

struct kept {
    struct tokenstore_bearer bearer;
    char user[32];
};

struct seeded {
    size_t count;
    char path[PATH_MAX];
    struct kept accounts[KEPT_MAX]; /* of the account that runs this */
    struct kept virtual_users[KEPT_MAX];
    size_t kept; /* tokens in each array */
};

/* Returns a store with this many tokens. The first call for a count makes it.
 * At most four counts are possible. */
const struct seeded *seeded_store(size_t count);

/* Makes a directory with mode 0700, unless it exists, and writes the path of a
 * file in it. */
void fresh_path(const char *name, const char *file, char path[PATH_MAX]);

/* Copy a file to a path from fresh_path(); remove that file, the files beside
 * it and its directory. */
void copy_file(const char *from, const char *to);
void remove_path(const char *path);

/* Returns the name of a virtual user, in one of a few buffers that are used in
 * turn. */
const char *user_name(size_t number);

/* Adds tokens for the users in turn; ids and bearers may be NULL. */
void fill_store(struct tokenstore *store, size_t count, uint64_t *ids,
                struct tokenstore_bearer *bearers);

/* Returns the token to create for a user; user USERS is the account that runs
 * the benchmark. The token stays valid. */
const struct tokenstore_token *token_of(size_t user);

/* Verifies as a service does. Stops the benchmark if the token is refused. */
void verify_kept(struct tokenstore *store, const struct kept *kept);

/* Asks the name service for a user and nothing else: verify has to do this
 * too. */
void ask_name_service(const char *user);

#endif
