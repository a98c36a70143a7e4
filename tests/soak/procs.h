/*
 * procs.h - what others are doing to a store, seen from outside: its counter,
 * and what the kernel knows of a process that has been stopped.
 */
#ifndef TESTS_SOAK_PROCS_H
#define TESTS_SOAK_PROCS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct doing {
    bool locked;   /* it holds the writer lock */
    bool opened;   /* it has the store's file open */
    bool changing; /* locked, and the counter is odd */
};

/* The counter in the store's lock file. */
uint64_t procs_counter(const char *store);

/* Stop a child, and look.  False where it has ended instead. */
bool procs_stop(pid_t child, const char *store, struct doing *doing);

#endif
