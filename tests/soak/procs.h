/*
 * procs.h - find out what other processes do to a store: its counter, and what
 * the kernel knows about a stopped process. Every function ends the program on
 * an error.
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

/* Returns the counter in the lock file of the store. */
uint64_t procs_counter(const char *store);

/* Stops a child with SIGSTOP and sets *doing. Returns false if the child has
 * exited instead; it can then still be waited for. */
bool procs_stop(pid_t child, const char *store, struct doing *doing);

#endif
