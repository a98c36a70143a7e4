/*
 * history.h - the states in which an object may be while another process
 * changes it, in shared memory: how many changes are permanent, and whether
 * one more may be under way. State n is the state after n changes.
 *
 * Until a change is settled, it may be there or not. But once a reader has
 * seen it, no later reader may see the state before it.
 */
#ifndef TESTS_SOAK_HISTORY_H
#define TESTS_SOAK_HISTORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct history {
    _Atomic uint64_t done;  /* permanent changes */
    _Atomic uint64_t begun; /* changes that may be there: done, or one more */
    _Atomic uint64_t seen;  /* changes that a reader has seen */
};

/* Call this before a change. */
void history_begin(struct history *history);

/* Call this after a change: "state" changes are permanent. Returns false if a
 * reader has seen more. */
bool history_settle(struct history *history, uint64_t state);

/* Call this before looking. Returns the earliest state that may be seen from
 * now on. */
uint64_t history_before(const struct history *history);

/*
 * Call this after looking. Returns whether what was seen is possible in a
 * state from "before" to the current one. Calls "goes" for each state in turn;
 * the first that matches counts as seen.
 */
typedef bool history_goes(uint64_t state, const void *seen);
bool history_allows(struct history *history, uint64_t before,
                    history_goes *goes, const void *seen);

#endif
