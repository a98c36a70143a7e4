/*
 * syncs.c - count the calls that wait for the disk. In a program these
 * functions replace those of libc for every library; preloaded into another
 * program, they count there, in a file that both programs have mapped.
 */
#include <config.h>

#include "tests/bench/syncs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define VISIBLE __attribute__((visibility("default")))

static atomic_uint own;
atomic_uint *syncs = &own;

void syncs_share(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *shared = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, sizeof(*syncs)) == 0)
        shared = mmap(NULL, sizeof(*syncs), PROT_READ | PROT_WRITE, MAP_SHARED,
                      fd, 0);
    if (shared == MAP_FAILED)
        abort();
    close(fd);
    syncs = shared;
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv(SYNCS_FILE);

    if (path != NULL)
        syncs_share(path);
}

VISIBLE int fsync(int fd) {
    atomic_fetch_add(syncs, 1);
    return (int)syscall(SYS_fsync, fd);
}

VISIBLE int fdatasync(int fd) {
    atomic_fetch_add(syncs, 1);
    return (int)syscall(SYS_fdatasync, fd);
}

VISIBLE int msync(void *address, size_t length, int flags) {
    atomic_fetch_add(syncs, 1);
    return (int)syscall(SYS_msync, address, length, flags);
}
