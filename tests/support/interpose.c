/*
 * interpose.c - system calls that a test can count, record, fail, or end with.
 * The library under test and libtdb find these in the program, before those of
 * libc; the calls themselves go to the kernel directly.
 */
/* With _FORTIFY_SOURCE, clang has inline definitions of some of them. */
#undef _FORTIFY_SOURCE

#include "tests/support/interpose.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define VISIBLE __attribute__((visibility("default")))

struct interpose interpose;

static time_t clock_advance;

void interpose_reset(void) {
    memset(&interpose, 0, sizeof(interpose));
    clock_advance = 0;
}

/* Counts a change and returns its fate, or kills the process. */
static enum fate fated(int fd, bool is_sync) {
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
        return FATE_NONE;
    if (interpose.fate == FATE_KILL)
        raise(SIGKILL);
    return interpose.fate;
}

static int cause(void) { return interpose.error != 0 ? interpose.error : EIO; }

/* For a change that cannot be done in part: does it fail? */
static bool fails(int fd, bool is_sync) {
    if (fated(fd, is_sync) != FATE_FAIL)
        return false;
    errno = cause();
    return true;
}

static int done(int result, struct deed deed) {
    const int code = errno;

    if (result == 0 && interpose.on_deed != NULL)
        interpose.on_deed(&deed, interpose.deed_argument);
    errno = code;
    return result;
}

static ssize_t written(ssize_t result, int fd, const void *bytes,
                       off_t offset) {
    if (result > 0)
        done(0, (struct deed){.what = DEED_WRITE,
                              .fd = fd,
                              .bytes = bytes,
                              .length = (size_t)result,
                              .offset = offset});
    return result;
}

/* Returns how many bytes of a write are written; 0: it fails. */
static size_t allowed(int fd, size_t length) {
    switch (fated(fd, false)) {
    case FATE_FAIL:
        errno = cause();
        return 0;
    case FATE_SHORT:
        errno = ENOSPC;
        return length / 1024 * 512;
    case FATE_NONE:
    case FATE_KILL:
        break;
    }
    return length;
}

VISIBLE ssize_t pread(int fd, void *bytes, size_t length, off_t offset) {
    if (++interpose.reads == interpose.at_read) {
        errno = EIO;
        return -1;
    }
    return (ssize_t)syscall(SYS_pread64, fd, bytes, length, offset);
}

VISIBLE ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
    return pread(fd, bytes, length, offset);
}

VISIBLE ssize_t pwrite(int fd, const void *bytes, size_t length,
                       off_t offset) {
    const size_t part = allowed(fd, length);

    if (part == 0 && length > 0)
        return -1;
    return written((ssize_t)syscall(SYS_pwrite64, fd, bytes, part, offset), fd,
                   bytes, offset);
}

VISIBLE ssize_t write(int fd, const void *bytes, size_t length) {
    const off_t offset = lseek(fd, 0, SEEK_CUR);
    const size_t part = allowed(fd, length);

    if (part == 0 && length > 0)
        return -1;
    return written((ssize_t)syscall(SYS_write, fd, bytes, part), fd, bytes,
                   offset);
}

VISIBLE int ftruncate(int fd, off_t length) {
    if (fails(fd, false))
        return -1;
    return done(
        (int)syscall(SYS_ftruncate, fd, length),
        (struct deed){.what = DEED_SIZE, .fd = fd, .length = (size_t)length});
}

/* Returns the error, unlike the others. */
VISIBLE int posix_fallocate(int fd, off_t offset, off_t length) {
    struct stat status;

    if (fails(fd, false))
        return errno;
    if (syscall(SYS_fallocate, fd, 0, offset, length) != 0)
        return errno;
    return fstat(fd, &status) != 0
               ? errno
               : done(0, (struct deed){.what = DEED_SIZE,
                                       .fd = fd,
                                       .length = (size_t)status.st_size});
}

static int sync_file(int fd, long call) {
    if (fails(fd, true))
        return -1;
    return done(interpose.no_sync ? 0 : (int)syscall(call, fd),
                (struct deed){.what = DEED_SYNC, .fd = fd});
}

VISIBLE int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

VISIBLE int fsync(int fd) { return sync_file(fd, SYS_fsync); }

/* Opening is a change only if it may create the file. */
static int open_file(int directory, const char *path, int flags,
                     va_list arguments) {
    const bool makes = (flags & O_CREAT) != 0;
    const mode_t mode = makes ? va_arg(arguments, mode_t) : 0;
    int fd;

    interpose.waiting_opens += (flags & (O_PATH | O_NONBLOCK)) == 0;
    if (interpose.on_open != NULL)
        interpose.on_open(path, interpose.open_argument);
    if (makes && fails(-1, false))
        return -1;
    fd = (int)syscall(SYS_openat, directory, path, flags, mode);
    if (fd >= 0 && makes)
        done(0, (struct deed){.what = DEED_CREATE,
                              .fd = fd,
                              .directory = directory,
                              .path = path});
    return fd;
}

VISIBLE int open(const char *path, int flags, ...) {
    va_list arguments;
    int fd;

    va_start(arguments, flags);
    fd = open_file(AT_FDCWD, path, flags, arguments);
    va_end(arguments);
    return fd;
}

VISIBLE int openat(int directory, const char *path, int flags, ...) {
    va_list arguments;
    int fd;

    va_start(arguments, flags);
    fd = open_file(directory, path, flags, arguments);
    va_end(arguments);
    return fd;
}

/* With _FORTIFY_SOURCE, the library calls these if the flags vary. */
int __open_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);

VISIBLE int __open_2(const char *path, int flags) { return open(path, flags); }

VISIBLE int __openat_2(int directory, const char *path, int flags) {
    return openat(directory, path, flags);
}

/* Every command that is used here has an argument, or ignores it. */
static int control(int fd, int command, va_list arguments) {
    if (command == F_OFD_SETLK && interpose.on_lock != NULL)
        interpose.on_lock(interpose.lock_argument);
    return (int)syscall(SYS_fcntl, fd, command, va_arg(arguments, void *));
}

VISIBLE int fcntl(int fd, int command, ...) {
    va_list arguments;
    int result;

    va_start(arguments, command);
    result = control(fd, command, arguments);
    va_end(arguments);
    return result;
}

VISIBLE int fcntl64(int fd, int command, ...) {
    va_list arguments;
    int result;

    va_start(arguments, command);
    result = control(fd, command, arguments);
    va_end(arguments);
    return result;
}

VISIBLE int mkdir(const char *path, mode_t mode) {
    if (fails(-1, false))
        return -1;
    return done((int)syscall(SYS_mkdir, path, mode),
                (struct deed){.what = DEED_DIRECTORY,
                              .directory = AT_FDCWD,
                              .path = path});
}

VISIBLE int linkat(int from, const char *path, int to, const char *target,
                   int flags) {
    if (fails(-1, false))
        return -1;
    return done((int)syscall(SYS_linkat, from, path, to, target, flags),
                (struct deed){.what = DEED_LINK,
                              .directory = from,
                              .path = path,
                              .target = target});
}

VISIBLE int renameat(int from, const char *path, int to, const char *target) {
    if (fails(-1, false))
        return -1;
    return done((int)syscall(SYS_renameat, from, path, to, target),
                (struct deed){.what = DEED_RENAME,
                              .directory = from,
                              .path = path,
                              .target = target});
}

VISIBLE int renameat2(int from, const char *path, int to, const char *target,
                      unsigned int flags) {
    if (fails(-1, false))
        return -1;
    return done((int)syscall(SYS_renameat2, from, path, to, target, flags),
                (struct deed){.what = DEED_RENAME,
                              .directory = from,
                              .path = path,
                              .target = target});
}

VISIBLE int unlinkat(int directory, const char *path, int flags) {
    if (fails(-1, false))
        return -1;
    return done((int)syscall(SYS_unlinkat, directory, path, flags),
                (struct deed){.what = DEED_UNLINK,
                              .directory = directory,
                              .path = path});
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

    if (interpose.disk != 0)
        status->f_type = (__fsword_t)interpose.disk;
    return result;
}
