/*
 * preload.c - makes a sync of the daemon fail on demand, and exchanges the
 * names of its sockets, for its tests.  Preloaded, never installed.
 *
 *   ACCESSTOKEN_TEST_SYNC=FILE  if FILE holds the digit N, the Nth sync from
 *                               then on fails with EIO, and FILE is emptied
 *   ACCESSTOKEN_TEST_SYSLOG=FILE  what is sent to syslog is appended to FILE;
 *                               without it, it is dropped
 *   ACCESSTOKEN_TEST_SWAP=FILE  as soon as a Unix socket has a name, the name
 *                               becomes a link to FILE, as if somebody who
 *                               can write to the directory had waited for it
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* Count a sync; returns 1 if it is the one that has to fail. */
static int count_down(void) {
    const char *path = getenv("ACCESSTOKEN_TEST_SYNC");
    const int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    char left = '0';

    if (fd < 0)
        return 0;
    if (pread(fd, &left, 1, 0) == 1 && left > '1') {
        left--;
        if (pwrite(fd, &left, 1, 0) != 1)
            abort();
        left = '0';
    }
    if (left == '1' && ftruncate(fd, 0) != 0)
        abort();
    close(fd);
    return left == '1';
}

EXPORT int fsync(int fd) {
    if (!count_down())
        return (int)syscall(SYS_fsync, fd);
    errno = EIO;
    return -1;
}

EXPORT int fdatasync(int fd) {
    if (!count_down())
        return (int)syscall(SYS_fdatasync, fd);
    errno = EIO;
    return -1;
}

EXPORT int bind(int fd, const struct sockaddr *address, socklen_t size) {
    const char *target = getenv("ACCESSTOKEN_TEST_SWAP");
    const int result = (int)syscall(SYS_bind, fd, address, size);

    if (result == 0 && target != NULL && address->sa_family == AF_UNIX) {
        const char *path =
            ((const struct sockaddr_un *)(const void *)address)->sun_path;

        if (unlink(path) != 0 || symlink(target, path) != 0)
            abort();
    }
    return result;
}

/* <syslog.h> would define some of these itself, in a fortified build. */
void syslog(int priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void __syslog_chk(int priority, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void append(int priority, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void append(int priority, const char *format, va_list arguments) {
    const char *path = getenv("ACCESSTOKEN_TEST_SYSLOG");
    FILE *file = path != NULL ? fopen(path, "ae") : NULL;
    char line[8192];

    if (file == NULL)
        return;
    vsnprintf(line, sizeof(line), format, arguments);
    fprintf(file, "%d.%d %s\n", priority >> 3, priority & 7, line);
    fclose(file);
}

EXPORT void syslog(int priority, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    append(priority, format, arguments);
    va_end(arguments);
}

EXPORT void __syslog_chk(int priority, int flag, const char *format, ...) {
    va_list arguments;

    (void)flag;
    va_start(arguments, format);
    append(priority, format, arguments);
    va_end(arguments);
}
