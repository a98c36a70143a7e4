/*
 * preload.c - makes a sync of the daemon fail on demand, and exchanges the
 * names of its sockets, for its tests.  Preloaded, never installed.
 *
 *   ACCESSTOKEN_TEST_SYNC=FILE  if FILE holds the digit N, the Nth sync from
 *                               then on fails with EIO, and FILE is emptied
 *   ACCESSTOKEN_TEST_SWAP=FILE  as soon as a Unix socket has a name, the name
 *                               becomes a link to FILE, as if somebody who
 *                               can write to the directory had waited for it
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
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
