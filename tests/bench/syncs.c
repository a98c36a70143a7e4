/*
 * syncs.c - counts what waits for the disk.  Defined in the program, these
 * stand before libc's for every library in it.
 */
#include <config.h>

#include "bench.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define VISIBLE __attribute__((visibility("default")))

unsigned int syncs;

VISIBLE int fsync(int fd) {
    syncs++;
    return (int)syscall(SYS_fsync, fd);
}

VISIBLE int fdatasync(int fd) {
    syncs++;
    return (int)syscall(SYS_fdatasync, fd);
}

VISIBLE int msync(void *address, size_t length, int flags) {
    syncs++;
    return (int)syscall(SYS_msync, address, length, flags);
}
