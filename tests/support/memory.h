/*
 * memory.h - allocations that fail on demand, and a count of those alive.
 * Not for sanitizers, which bring a malloc of their own.
 */
#ifndef TESTS_SUPPORT_MEMORY_H
#define TESTS_SUPPORT_MEMORY_H

#include <stdbool.h>

/* Let the nth allocation from here fail, that one alone; 0: none. */
void memory_fail_at(long nth);

/* Has it failed?  False where fewer were made. */
bool memory_failed(void);

/* How many blocks have been allocated and not freed. */
long memory_live(void);

#endif
