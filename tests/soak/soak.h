/*
 * soak.h - what the fault programs with many processes share: how much to
 * do, random choices that can be repeated, memory that children share.
 * On top of tests/support/pam_fixture.h, which brings the directory and the
 * store.
 */
#ifndef TESTS_SOAK_SOAK_H
#define TESTS_SOAK_SOAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tokenstore/tokenstore.h"

/* full, rather than short */
extern bool soak_full;

/*
 * Take the program's one word, full or short, choose a seed (SOAK_SEED, or a
 * new one) and print it, and go on in the fixture's directory, for at most so
 * many seconds.
 */
void soak_begin(int argc, char **argv, unsigned int seconds);

/* From 0, less than "below".  Each process has numbers of its own. */
uint64_t soak_random(uint64_t below);

/* The numbers of one step among many, whatever came before it. */
void soak_random_restart(uint64_t step);

/* fork(); the child does not outlive its parent.  Never fails. */
pid_t soak_fork(void);

/* Zeroed memory that children share.  Never fails. */
void *soak_share(size_t size);

/* Verify a bearer token, for a scope where one is given. */
enum tokenstore_error soak_verify(struct tokenstore *store,
                                  const struct tokenstore_bearer *bearer,
                                  const char *scope,
                                  enum tokenstore_reason *reason);

/* Wrong, unless check finds the store sound. */
void soak_check(struct tokenstore *store, const char *what);

/* CLOCK_MONOTONIC in microseconds; and sleep until it says so. */
int64_t soak_clock(void);
void soak_sleep_until(int64_t time);

/* Raise a shared maximum. */
void soak_raise(_Atomic int64_t *maximum, int64_t value);

/* Something was wrong: say what, and end with status 1. */
_Noreturn void soak_wrong(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* A child has ended: wrong, unless as it should. */
void soak_expect_end(pid_t child, const char *what);

#endif
