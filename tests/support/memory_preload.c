/*
 * memory_preload.c - tests/support/memory.c as a library to preload into
 * another program; never installed.
 *
 *   ACCESSTOKEN_TEST_ALLOCATION=N  the Nth allocation fails; a program that
 *                                  ends before it makes the file "not-reached"
 *                                  in its directory
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

    /* Load the name service first: glibc's aborts if memory is short then. */
    (void)getpwnam_r("nobody-of-this-name", &account, buffer, sizeof(buffer),
                     &found);
    if (nth != NULL)
        memory_fail_at(atol(nth));
}

static void end(void) {
    if (!memory_failed())
        close(open("not-reached", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}
