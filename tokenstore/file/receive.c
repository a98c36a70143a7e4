/*
 * receive.c - a backup that comes through a descriptor: a copy of it beside
 * the store.  Must never touch the file of the store, and must leave nothing.
 */
#include "tokenstore/file/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "tokenstore/file/copy.h"
#include "tokenstore/file/location.h"
#include "tokenstore/file/stream.h"
#include "tokenstore/host/safepath.h"

/*
 * Make a file and take its name away before anything is in it.  So the most
 * that a killed process leaves is an empty file, which the next one removes.
 * Two at once may take the name of each other's file: it is not needed.
 */
static int make_nameless(const struct location *location) {
    char name[NAME_MAX + 1];
    int fd = -1;

    snprintf(name, sizeof(name), "%.200s.restore", location->name);
    for (int attempt = 0; attempt < 10 && fd < 0; attempt++) {
        unlinkat(location->directory, name, 0);
        fd = openat(location->directory, name,
                    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | SAFEPATH_OPEN,
                    0600);
        if (fd < 0 && errno != EEXIST)
            return -1;
    }
    if (fd < 0 ||
        ((unlinkat(location->directory, name, 0) == 0 || errno == ENOENT) &&
         safepath_give(fd, location->owner)))
        return fd;
    close(fd);
    return -1;
}

/* Make the copy; the descriptor is the caller's to close, also after an
 * error. */
static enum tokenstore_error receive(const char *path, int from, int *fd,
                                     struct message *message) {
    struct location location;
    enum tokenstore_error error =
        location_open_or_make(&location, path, message);

    if (error == TOKENSTORE_OK) {
        *fd = make_nameless(&location);
        if (*fd < 0)
            error = message_set_errno(message, errno, path,
                                      "create a file beside it");
    }
    location_close(&location);
    return error == TOKENSTORE_OK ? stream_receive(from, *fd, path, message)
                                  : error;
}

enum tokenstore_error file_receive(const char *path, int from,
                                   view_function *function, void *argument,
                                   struct message *message) {
    struct view view = {.message = message, .path = RECEIVE_NAME};
    int fd = -1;
    enum tokenstore_error error = receive(path, from, &fd, message);

    if (error == TOKENSTORE_OK)
        error = copy_run(fd, &view, function, argument, NULL);
    if (fd >= 0)
        close(fd);
    return error;
}
