/*
 * stream.c - a copy of a store through a descriptor that the caller brings.
 * Must never be called with a lock: nobody knows how long the other end takes.
 */
#include "tokenstore/file/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (64 * 1024)

/* Returns whether to try again after a read or write that failed; waits if the
 * descriptor does not. */
static bool is_for_later(int fd, short events) {
    struct pollfd ready = {.fd = fd, .events = events};

    if (errno == EAGAIN)
        poll(&ready, 1, -1);
    else if (errno != EINTR)
        return false;
    return true;
}

/* False with errno, and *size as far as it came. */
static bool send_all(int to, const char *bytes, size_t length,
                     uint64_t *size) {
    while (length > 0) {
        const ssize_t count = write(to, bytes, length);

        if (count > 0) {
            bytes += count;
            length -= (size_t)count;
            *size += (uint64_t)count;
        } else if (count == 0 || !is_for_later(to, POLLOUT)) {
            return false;
        }
    }
    return true;
}

enum tokenstore_error stream_send(int from, int to, uint64_t *size,
                                  struct message *message) {
    char buffer[CHUNK], text[128];
    ssize_t length;

    *size = 0;
    errno = 0;
    while ((length = pread(from, buffer, sizeof(buffer), (off_t)*size)) > 0 &&
           send_all(to, buffer, (size_t)length, size))
        ;
    if (length == 0)
        return TOKENSTORE_OK;
    return message_set(message, TOKENSTORE_ERROR_IO,
                       "cannot write the backup: %s",
                       strerror_r(errno, text, sizeof(text)));
}

enum tokenstore_error stream_receive(int from, int to, const char *path,
                                     struct message *message) {
    char buffer[CHUNK];
    uint64_t size = 0;
    ssize_t length;

    while ((length = read(from, buffer, sizeof(buffer))) != 0) {
        if (length < 0 && is_for_later(from, POLLIN))
            continue;
        if (length < 0)
            return message_set_errno(message, errno, "the backup", "read");
        if (!send_all(to, buffer, (size_t)length, &size))
            return message_set_errno(message, errno, path,
                                     "copy the backup into its directory");
        if (size > UINT32_MAX)
            return message_set(message, TOKENSTORE_ERROR_DAMAGED,
                               "the backup: larger than a store can be");
    }
    return TOKENSTORE_OK;
}
