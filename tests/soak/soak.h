/*
 * soak.h - what the fault programs share: how much to do, random choices that
 * can be repeated, memory that children share, and errors.
 * tests/support/pam_fixture.h provides the directory and the store.
 */
#ifndef TESTS_SOAK_SOAK_H
#define TESTS_SOAK_SOAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tokenstore/tokenstore.h"

/* true: full; false: short */
extern bool soak_full;

/*
 * Reads the only argument of the program, full or short, chooses a seed
 * (SOAK_SEED, or a random one), prints it, and continues in the directory of
 * the fixture, for at most so many seconds.
 */
void soak_begin(int argc, char **argv, unsigned int seconds);

/* Returns a number from 0 to below - 1. Each process has its own sequence. */
uint64_t soak_random(uint64_t below);

/* Restarts the sequence for one of many steps, so that its numbers do not
 * depend on the steps before it. */
void soak_random_restart(uint64_t step);

/* Calls fork(). The child dies with its parent. Never fails. */
pid_t soak_fork(void);

/* Returns zeroed memory that is shared with children. Never fails. */
void *soak_share(size_t size);

/* Verifies a bearer token, and its scope unless that is NULL. */
enum tokenstore_error soak_verify(struct tokenstore *store,
                                  const struct tokenstore_bearer *bearer,
                                  const char *scope,
                                  enum tokenstore_reason *reason);

/* Calls soak_wrong() unless check finds the store sound. */
void soak_check(struct tokenstore *store, const char *what);

/* soak_clock() returns CLOCK_MONOTONIC in microseconds; soak_sleep_until()
 * sleeps until that time. */
int64_t soak_clock(void);
void soak_sleep_until(int64_t time);

/* Raises a shared maximum to the value, if that is greater. Any number of
 * processes may call it. */
void soak_raise(_Atomic int64_t *maximum, int64_t value);

/* Prints what was wrong, with the seed, and exits with status 1. */
_Noreturn void soak_wrong(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Waits for a child. Calls soak_wrong() unless it exits with status 0. */
void soak_expect_end(pid_t child, const char *what);

#endif
