/*
 * slot.h - one token at a time, which one writer creates, modifies, rotates
 * and revokes, over and over, and which anybody may look at.  In memory that
 * all processes share, so that a writer's successor can go on where it died.
 */
#ifndef TESTS_SOAK_SLOT_H
#define TESTS_SOAK_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/soak/history.h"
#include "tokenstore/tokenstore.h"

/* So many states of a slot are remembered. */
#define SLOT_STATES 64

struct slot {
    struct history history;
    _Atomic uint64_t said; /* the last change that succeeded */
    struct slot_state {
        atomic_bool present;
        atomic_bool enabled;
        atomic_bool known;   /* the bearer token */
        _Atomic uint64_t id; /* 0 as long as nobody has said */
        struct tokenstore_bearer bearer;
    } states[SLOT_STATES];
};

/* What a writer can do to a slot. */
enum slot_verb { SLOT_CREATE, SLOT_MODIFY, SLOT_REVOKE, SLOT_ROTATE };

/*
 * The functions below return what the store said, which is OK or BUSY; they
 * end the program when it is anything else, or what could not be true.  A
 * slot is known by its number as well, which its user's name has in it.
 */

/* Change it, by chance; *verb is what was done. */
enum tokenstore_error slot_change(struct slot *slot, unsigned int number,
                                  struct tokenstore *store,
                                  enum slot_verb *verb);

/* Its writer has died: find out what stands. */
enum tokenstore_error slot_settle(struct slot *slot, unsigned int number,
                                  struct tokenstore *store);

/* Verify a bearer token that it has or had; *asked: it has one. */
enum tokenstore_error slot_verify(struct slot *slot, struct tokenstore *store,
                                  bool *asked);

/* List its user's tokens, which may be from state "before" on. */
enum tokenstore_error slot_list(struct slot *slot, unsigned int number,
                                struct tokenstore *store, uint64_t before);

/* Nobody is changing it: verify all that it remembers. */
void slot_verify_all(struct slot *slot, struct tokenstore *store);

#endif
