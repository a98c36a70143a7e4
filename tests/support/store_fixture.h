/*
 * store_fixture.h - a store in a temporary directory, for the white-box tests.
 */
#ifndef TESTS_SUPPORT_STORE_FIXTURE_H
#define TESTS_SUPPORT_STORE_FIXTURE_H

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include "tokenstore/tokenstore.h"

#define NOW INT64_C(1800000000)

struct fixture {
    char directory[512];
    char path[PATH_MAX];      /* of the store's file */
    char lock_path[PATH_MAX]; /* of its lock file */
    struct tokenstore *store;
};

/* For cmocka: a handle for a store that does not exist yet. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* "directory/name", in a buffer that the next call but three overwrites. */
const char *fixture_file(const struct fixture *fixture, const char *name);

/* A token for a user without an account; the caller frees it. */
struct tokenstore_token *new_token(const char *user);

/* Issues this token and frees it; returns its id, and the bearer token unless
 * the pointer is NULL. */
uint64_t issue_token(struct tokenstore *store, struct tokenstore_token *token,
                     struct tokenstore_bearer *bearer);

/* Issues a token for a virtual user; returns its id, and the bearer token
 * unless the pointer is NULL. */
uint64_t issue(struct tokenstore *store, const char *user,
               struct tokenstore_bearer *bearer);

/* The same for somebody, and it may fail. */
enum tokenstore_error try_to_issue(struct tokenstore *store);

/* Returns what verify says about a bearer token at NOW. */
enum tokenstore_error verify(struct tokenstore *store,
                             const struct tokenstore_bearer *bearer);

/* Returns how many tokens the store lists; fails the test on any error. */
size_t count_tokens(struct tokenstore *store);

/* Fails the test and prints the findings unless check finds it sound. */
void assert_sound(struct tokenstore *store);

/* Fails the test unless both list and create refuse the store as unsafe with a
 * message that names the path. */
void assert_unsafe(struct fixture *fixture, const char *path);

/* Returns the content of a file; the caller frees it. */
char *read_file(const char *path, size_t *length);
void write_file(const char *path, const void *bytes, size_t length,
                mode_t mode);

#define assert_ok(expression)                                                 \
    assert_string_equal(tokenstore_strerror(expression),                      \
                        tokenstore_strerror(TOKENSTORE_OK))
#define assert_error(expression, error)                                       \
    assert_string_equal(tokenstore_strerror(expression),                      \
                        tokenstore_strerror(error))

#endif
