/*
 * memory.h - allocations that fail on demand, and a count of those alive.
 * Cannot be used with sanitizers, which have a malloc of their own.
 */
#ifndef TESTS_SUPPORT_MEMORY_H
#define TESTS_SUPPORT_MEMORY_H

#include <stdbool.h>

/* Lets the nth allocation from now fail, and only that one; 0: none. */
void memory_fail_at(long nth);

/* Has it failed?  False if fewer allocations were made so far. */
bool memory_failed(void);

/* Returns how many blocks have been allocated and not freed. */
long memory_live(void);

#endif
