/*
 * history.h - what may be true of something that another process is changing,
 * in shared memory: so many changes are known to stand, and one more may be
 * under way.  States are numbered: state n is the one after n changes.
 *
 * A change that was begun may stand or not until it is settled.  But once a
 * reader has seen it stand, no later reader may see it undone.
 */
#ifndef TESTS_SOAK_HISTORY_H
#define TESTS_SOAK_HISTORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct history {
    _Atomic uint64_t done;  /* these stand */
    _Atomic uint64_t begun; /* these may: done, or one more */
    _Atomic uint64_t seen;  /* a reader saw that these stand */
};

/* Before a change. */
void history_begin(struct history *history);

/* So many stand.  False where a reader has seen more. */
bool history_settle(struct history *history, uint64_t state);

/* Before looking: no state earlier than this may be seen from now on. */
uint64_t history_before(const struct history *history);

/*
 * After looking: does what was seen go with a state from "before" to now?
 * "goes" is asked about each in turn; the first is what was seen at least.
 */
typedef bool history_goes(uint64_t state, const void *seen);
bool history_allows(struct history *history, uint64_t before,
                    history_goes *goes, const void *seen);

#endif
