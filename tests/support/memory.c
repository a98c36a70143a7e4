/*
 * memory.c - malloc and its family, with failures on demand.  The dynamic
 * linker finds them in the program, or in a preloaded library, before those of
 * libc.  Must not allocate anything itself.
 */
#include "tests/support/memory.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#define EXPORTED __attribute__((visibility("default")))

/* glibc's own, by the names that it has for replacements such as these. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *block);

/* If above 0, the allocation fails that is so many calls away. */
static long countdown;

static long live; /* exact while there is one thread */

void memory_fail_at(long nth) { countdown = nth; }

bool memory_failed(void) { return countdown == 0; }

long memory_live(void) { return live; }

static bool fails_now(void) {
    if (countdown == 0 || --countdown > 0)
        return false;
    errno = ENOMEM;
    return true;
}

static void *counted(void *block) {
    live += block != NULL;
    return block;
}

EXPORTED void *malloc(size_t size) {
    return fails_now() ? NULL : counted(__libc_malloc(size));
}

EXPORTED void *calloc(size_t count, size_t size) {
    return fails_now() ? NULL : counted(__libc_calloc(count, size));
}

EXPORTED void *realloc(void *old, size_t size) {
    if (fails_now())
        return NULL;
    live -= old != NULL;
    return counted(__libc_realloc(old, size));
}

EXPORTED void free(void *block) {
    live -= block != NULL;
    __libc_free(block);
}
