/*
 * crowd.h - processes that use one store all at once, each judging what it is
 * told, and what they share.
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
#define CROWD_SLOTS 12  /* of a writer */
#define CROWD_FIXED 300 /* tokens that stay */

/* Members, by number: verifiers, writers, and one that makes backups. */
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
    CALL_CREATE, /* as enum slot_verb has them, from here */
    CALL_MODIFY,
    CALL_REVOKE,
    CALL_ROTATE,
    CALL_BACKUP,
};
#define CALLS 8

struct crowd {
    struct slot slots[CROWD_WRITERS * CROWD_SLOTS];
    atomic_bool stop; /* everybody: finish, and end */

    /* By member: calls that were answered, and how often it was stopped. */
    _Atomic uint64_t answered[CROWD_SIZE];
    _Atomic uint64_t held[CROWD_SIZE];

    /* How often somebody who has the writer lock was stopped, and how often
     * that was over again.  Nothing else is an excuse for "busy". */
    _Atomic uint64_t stops, stops_over;

    /* Microseconds; while nobody was stopped who has the lock, and else. */
    struct meter {
        _Atomic uint64_t count, busy;
        _Atomic int64_t slowest, slowest_beside_stop;
    } meters[CALLS];
};

/* Make the store, and what is shared. */
struct crowd *crowd_begin(void);

/* A process that does its work until it is told to stop; and then, ends with
 * 0.  Where one has died, another goes on as the same member. */
pid_t crowd_start(struct crowd *crowd, unsigned int member);

/* Nobody is at work: is everything as it should be?  Ends the program where
 * it is not.  Returns the number of tokens. */
uint64_t crowd_settle(struct crowd *crowd);

#endif
