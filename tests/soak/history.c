/*
 * history.c - the states in which an object may be while another process
 * changes it. Touches only the shared numbers.
 */
#include <config.h>

#include "tests/soak/history.h"

void history_begin(struct history *history) {
    atomic_store(&history->begun, atomic_load(&history->done) + 1);
}

bool history_settle(struct history *history, uint64_t state) {
    bool right = state >= atomic_load(&history->seen);

    atomic_store(&history->done, state);
    atomic_store(&history->begun, state);
    return right;
}

uint64_t history_before(const struct history *history) {
    uint64_t done = atomic_load(&history->done);
    uint64_t seen = atomic_load(&history->seen);

    return done > seen ? done : seen;
}

bool history_allows(struct history *history, uint64_t before,
                    history_goes *goes, const void *seen) {
    uint64_t last = atomic_load(&history->begun);

    for (uint64_t state = before; state <= last; state++) {
        uint64_t known = atomic_load(&history->seen);

        if (!goes(state, seen))
            continue;
        while (known < state &&
               !atomic_compare_exchange_weak(&history->seen, &known, state))
            continue;
        return true;
    }
    return false;
}
