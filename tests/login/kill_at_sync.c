/*
 * kill_at_sync.c - kill a process with SIGKILL when it is about to sync a file
 * for the KILL_AT_SYNC-th time, to simulate a machine that loses power.
 * tests/login preloads it into the admin tool.  It is never installed.
 */
#include <config.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static void count(void) {
    static int syncs;
    const char *fatal = getenv("KILL_AT_SYNC");

    if (fatal != NULL && ++syncs == atoi(fatal))
        raise(SIGKILL);
}

EXPORT int fsync(int fd) {
    count();
    return (int)syscall(SYS_fsync, fd);
}

EXPORT int fdatasync(int fd) {
    count();
    return (int)syscall(SYS_fdatasync, fd);
}
