/*
 * write_all.c - write until everything is written.
 */
#include <config.h>

#include "tools/common/write_all.h"

#include <errno.h>
#include <unistd.h>

bool write_all(int fd, const char *data, size_t length) {
    while (length > 0) {
        const ssize_t count = write(fd, data, length);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        data += count;
        length -= (size_t)count;
    }
    return true;
}
