/*
 * slot.h - one token at a time, which one writer creates, modifies, rotates
 * and revokes over and over, and which every process may read. It is in memory
 * that all processes share, so that the successor of a dead writer can
 * continue.
 */
#ifndef TESTS_SOAK_SLOT_H
#define TESTS_SOAK_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/soak/history.h"
#include "tokenstore/tokenstore.h"

/* The number of states of a slot that are remembered. */
#define SLOT_STATES 64

struct slot {
    struct history history;
    _Atomic uint64_t said; /* the last change that was acknowledged */
    struct slot_state {
        atomic_bool present;
        atomic_bool enabled;
        atomic_bool known;   /* the bearer token is known */
        _Atomic uint64_t id; /* 0 until it is known */
        struct tokenstore_bearer bearer;
    } states[SLOT_STATES];
};

/* The changes of a slot. */
enum slot_verb { SLOT_CREATE, SLOT_MODIFY, SLOT_REVOKE, SLOT_ROTATE };

/*
 * The functions below return the error of the store, OK or BUSY. They end the
 * program on any other error and on an answer that could not be true. The
 * number of a slot is part of the name of its user.
 */

/* Makes a change that is chosen at random; *verb is set to it. */
enum tokenstore_error slot_change(struct slot *slot, unsigned int number,
                                  struct tokenstore *store,
                                  enum slot_verb *verb);

/* After its writer has died, finds out which state the slot is in. */
enum tokenstore_error slot_settle(struct slot *slot, unsigned int number,
                                  struct tokenstore *store);

/* Verifies a bearer token that the slot has now or had recently; *asked is
 * false if it is not known, and nothing was verified. */
enum tokenstore_error slot_verify(struct slot *slot, struct tokenstore *store,
                                  bool *asked);

/* Lists the tokens of its user, which must be those of state "before" or a
 * later one. */
enum tokenstore_error slot_list(struct slot *slot, unsigned int number,
                                struct tokenstore *store, uint64_t before);

/* While no process changes the slot, verifies all tokens that it remembers. */
void slot_verify_all(struct slot *slot, struct tokenstore *store);

#endif
