/*
 * memory_preload.c - tests/support/memory.c for a program of its own, as a
 * library to preload; never installed.
 *
 *   ACCESSTOKEN_TEST_ALLOCATION=N  the Nth allocation fails; a program that
 *                                  ended before it has "not-reached" in its
 *                                  directory
 */
#include <config.h>

#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/memory.h"

static void begin(void) __attribute__((constructor));
static void end(void) __attribute__((destructor));

static void begin(void) {
    const char *nth = getenv("ACCESSTOKEN_TEST_ALLOCATION");
    struct passwd account, *found;
    char buffer[4096];

    /* What libc loads once: glibc's name service dies without memory then. */
    (void)getpwnam_r("nobody-of-this-name", &account, buffer, sizeof buffer,
                     &found);
    if (nth != NULL)
        memory_fail_at(atol(nth));
}

static void end(void) {
    if (!memory_failed())
        close(open("not-reached", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}
