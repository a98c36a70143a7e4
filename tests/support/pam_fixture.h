/*
 * pam_fixture.h - what the tests of the module share: a temporary directory
 * with a store and PAM services in it, and tokens to present.
 */
#ifndef TESTS_SUPPORT_PAM_FIXTURE_H
#define TESTS_SUPPORT_PAM_FIXTURE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tokenstore/tokenstore.h"

#define TEST_MODULE BUILD_DIRECTORY "/.libs/pam_accesstoken.so"
#define TEST_NEXT_MODULE BUILD_DIRECTORY "/tests/pam/.libs/pam_next.so"
#define TEST_RECORD_MODULE BUILD_DIRECTORY "/tests/pam/.libs/pam_record.so"

/* Ends the test with a message: it cannot go on (99) or run here (77). */
#define fail_hard(...) fixture_stop(99, __VA_ARGS__)
#define skip(...) fixture_stop(77, __VA_ARGS__)
_Noreturn void fixture_stop(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Makes the temporary directory and returns in a child process.  The parent
 * waits, removes the directory however the child ends, and ends as the child
 * did.  The child is killed after "seconds".
 */
void fixture_begin(unsigned int seconds);

/*
 * Goes on in a new image of the program, without malloc's caches: blocks in
 * them count as used, and how many there are depends on the lengths of paths.
 * For the first line of main().
 */
void fixture_without_caches(char **argv);

/* Goes on in a new image of the program, in which fixture_begin() finds the
 * same directory.  For a child that fixture_begin() has made. */
void fixture_new_image(char **argv);

/* Both paths last as long as the process. */
const char *fixture_directory(void);
const char *fixture_store(void);

/* The name of the account that runs the test. */
const char *fixture_me(void);

/* Writes the file of a PAM service.  The service "other" denies everything. */
void fixture_service(const char *name, const char *lines);

/* Writes the service "imap": the module alone, on the store, no delay. */
void fixture_imap(void);

/* The identity that a name means; the caller frees it. */
struct tokenstore_identity *fixture_identity(const char *user,
                                             bool virtual_user);

#define FIXTURE_WORDS_MAX 8

/* A token to issue.  Zero-initialise, then set. */
struct fixture_token {
    const char *store; /* NULL: fixture_store() */
    const char *user;  /* NULL: fixture_me() */
    const char *name;  /* NULL: none */
    bool virtual_user;
    bool disabled;
    int64_t expires; /* seconds from now, which may be over; 0: never */
    const char *scopes[FIXTURE_WORDS_MAX + 1]; /* NULL ends them */
    const char *networks[FIXTURE_WORDS_MAX + 1];
};

/* Returns the id. */
uint64_t fixture_issue(const struct fixture_token *token,
                       struct tokenstore_bearer *bearer);

struct tokenstore *fixture_open(const char *store);

/* Ends the test when a call of the library fails. */
void must(const char *what, enum tokenstore_error error,
          const struct tokenstore *store);

#endif
