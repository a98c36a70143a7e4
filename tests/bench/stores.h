/*
 * stores.h - the stores that are measured, made once a run and never changed;
 * what changes one takes a copy.
 */
#ifndef TESTS_BENCH_STORES_H
#define TESTS_BENCH_STORES_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"

/* Virtual users, with a token each in turn: each one's ids are far apart. */
#define USERS 1000

/* What the tokens are good for, beside the user. */
#define SCOPE "bench"

/* Tokens whose secrets are kept, spread over the store. */
#define KEPT_MAX 100

struct kept {
    struct tokenstore_bearer bearer;
    char user[32];
};

struct seeded {
    size_t count;
    char path[PATH_MAX];
    struct kept accounts[KEPT_MAX]; /* of whoever runs this */
    struct kept virtual_users[KEPT_MAX];
    size_t kept; /* of each */
};

/* A store with this many tokens; made where there is none yet. */
const struct seeded *seeded_store(size_t count);

/* A new directory, 0700, and the path of a file in it. */
void fresh_path(const char *name, const char *file, char path[PATH_MAX]);

/* Copy a file to a path of fresh_path's, and take it away again. */
void copy_file(const char *from, const char *to);
void remove_path(const char *path);

/* A virtual user's name; in one of a few buffers. */
const char *user_name(size_t number);

/* Add tokens for the users in turn; ids and bearers may be NULL. */
void fill_store(struct tokenstore *store, size_t count, uint64_t *ids,
                struct tokenstore_bearer *bearers);

/* What a new token of a user is made of. */
const struct tokenstore_token *token_of(size_t user);

/* Verify, as a service would; the benchmark ends where the answer is no. */
void verify_kept(struct tokenstore *store, const struct kept *kept);

/* Ask the name service, and nothing else: what verify has to do as well. */
void ask_name_service(const char *user);

#endif
