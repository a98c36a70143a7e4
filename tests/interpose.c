/*
 * interpose.c - system calls that a test can count, fail, or end with.
 * Defined in the test program, these stand before libc's for the library
 * under test and for libtdb; the real calls go straight to the kernel.
 */
#include "interpose.h"

#include <elf.h>
#include <errno.h>
#include <linux/magic.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define VISIBLE __attribute__((visibility("default")))

struct interpose interpose;

static time_t clock_advance;

void interpose_reset(void) {
    memset(&interpose, 0, sizeof interpose);
    clock_advance = 0;
}

/* Is this change fated?  Kills, or says that it must fail. */
static bool fated(int fd, bool is_sync) {
    bool now;

    if (interpose.on_change != NULL)
        interpose.on_change(fd, interpose.change_argument);

    interpose.changes++;
    if (is_sync)
        interpose.syncs++;
    now = interpose.changes == interpose.at_change ||
          (is_sync && interpose.syncs == interpose.at_sync);
    if (!now && !(interpose.fail_all_after && interpose.at_change > 0 &&
                  interpose.changes > interpose.at_change))
        return false;
    if (interpose.fate == FATE_KILL)
        raise(SIGKILL);
    return interpose.fate == FATE_FAIL;
}

static int disk_error(void) {
    errno = EIO;
    return -1;
}

static bool read_fails(void) { return ++interpose.reads == interpose.at_read; }

VISIBLE ssize_t pread(int fd, void *bytes, size_t length, off_t offset) {
    return read_fails()
               ? disk_error()
               : (ssize_t)syscall(SYS_pread64, fd, bytes, length, offset);
}

VISIBLE ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
    return pread(fd, bytes, length, offset);
}

VISIBLE ssize_t pwrite(int fd, const void *bytes, size_t length,
                       off_t offset) {
    return fated(fd, false)
               ? disk_error()
               : (ssize_t)syscall(SYS_pwrite64, fd, bytes, length, offset);
}

VISIBLE int ftruncate(int fd, off_t length) {
    return fated(fd, false) ? disk_error()
                            : (int)syscall(SYS_ftruncate, fd, length);
}

VISIBLE int fdatasync(int fd) {
    return fated(fd, true) ? disk_error() : (int)syscall(SYS_fdatasync, fd);
}

VISIBLE int fsync(int fd) {
    return fated(fd, true) ? disk_error() : (int)syscall(SYS_fsync, fd);
}

VISIBLE int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);

    if (clock == CLOCK_MONOTONIC)
        time->tv_sec += clock_advance;
    return result;
}

VISIBLE int nanosleep(const struct timespec *time, struct timespec *left) {
    interpose.sleeps++;
    if (interpose.on_sleep != NULL)
        interpose.on_sleep(interpose.sleep_argument);
    if (!interpose.fake_clock)
        return (int)syscall(SYS_nanosleep, time, left);
    clock_advance++;
    return 0;
}

VISIBLE unsigned long getauxval(unsigned long type) {
    return type == AT_SECURE && interpose.secure ? 1 : 0;
}

VISIBLE int fstatfs(int fd, struct statfs *status) {
    int result = (int)syscall(SYS_fstatfs, fd, status);

    if (interpose.network_disk)
        status->f_type = NFS_SUPER_MAGIC;
    return result;
}
