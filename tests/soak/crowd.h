/*
 * crowd.h - processes that use one store at the same time and judge the
 * answers that they get, and the memory that they share.
 */
#ifndef TESTS_SOAK_CROWD_H
#define TESTS_SOAK_CROWD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/soak/slot.h"

#define CROWD_VERIFIERS 32
#define CROWD_WRITERS 4
#define CROWD_SLOTS 12  /* slots of each writer */
#define CROWD_FIXED 300 /* tokens that are never removed */

/* The numbers of the members: verifiers, writers, and one that makes
 * backups. */
#define CROWD_SIZE (CROWD_VERIFIERS + CROWD_WRITERS + 1)
#define CROWD_BACKUP (CROWD_SIZE - 1)

static inline bool crowd_verifies(unsigned int member) {
    return member < CROWD_VERIFIERS;
}

static inline bool crowd_writes(unsigned int member) {
    return !crowd_verifies(member) && member != CROWD_BACKUP;
}

enum call {
    CALL_VERIFY,
    CALL_USER,
    CALL_PAGE,
    CALL_CREATE, /* from here on in the order of enum slot_verb */
    CALL_MODIFY,
    CALL_REVOKE,
    CALL_ROTATE,
    CALL_BACKUP,
};
#define CALLS 8

struct crowd {
    struct slot slots[CROWD_WRITERS * CROWD_SLOTS];
    atomic_bool stop; /* all members: finish and exit */

    /* For each member: how many calls were answered, and how often it was
     * stopped. */
    _Atomic uint64_t answered[CROWD_SIZE];
    _Atomic uint64_t held[CROWD_SIZE];

    /* How often a process that held the writer lock was stopped, and how often
     * such a stop ended. Nothing else excuses "busy". */
    _Atomic uint64_t stops, stops_over;

    /* Microseconds: the slowest call while no holder of the lock was stopped,
     * and the slowest during such a stop. */
    struct meter {
        _Atomic uint64_t count, busy;
        _Atomic int64_t slowest, slowest_beside_stop;
    } meters[CALLS];
};

/* Makes the store and the shared memory. Never fails. */
struct crowd *crowd_begin(void);

/* Starts a process that works until it is told to stop, and then exits with 0.
 * If a process has died, another one takes the number of the same member. */
pid_t crowd_start(struct crowd *crowd, unsigned int member);

/* Checks the whole store after all members have exited. Ends the program if
 * anything is wrong. Returns the number of tokens. */
uint64_t crowd_settle(struct crowd *crowd);

#endif
