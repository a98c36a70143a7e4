/*
 * location.c - the directory, the names and the lock of a store, during one
 * call.  Must never open the file of the store itself: closing it drops the
 * locks that libtdb holds on it.
 */
#include "tokenstore/file/location.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tokenstore/file/turn.h"
#include "tokenstore/host/safepath.h"

/* The longest name is that of PATH.last-use while it is being made. */
#define STORE_NAME_MAX 200

static enum tokenstore_error set_names(struct location *location) {
    location->name = strrchr(location->path, '/') + 1;
    if (*location->name == '\0' || strlen(location->name) > STORE_NAME_MAX ||
        strlen(location->path) >= PATH_MAX - 8)
        return message_set_errno(location->message, ENAMETOOLONG,
                                 location->path, "open");
    snprintf(location->lock_name, sizeof(location->lock_name), "%s.lock",
             location->name);
    snprintf(location->new_name, sizeof(location->new_name), "%s.new",
             location->name);
    snprintf(location->use_name, sizeof(location->use_name), "%s.last-use",
             location->name);
    snprintf(location->lock_path, sizeof(location->lock_path), "%.*s.lock",
             PATH_MAX - 8, location->path);
    snprintf(location->new_path, sizeof(location->new_path), "%.*s.new",
             PATH_MAX - 8, location->path);
    location->lock.path = location->lock_path;
    return TOKENSTORE_OK;
}

/* If a store is missing, say so, and not which system call failed. */
static enum tokenstore_error missing(const struct location *location,
                                     enum tokenstore_error error) {
    if (error == TOKENSTORE_ERROR_MISSING && location->trust == LOCATION_STORE)
        message_set(
            location->message, error,
            "%s: there is no store; create one with 'accesstoken create'",
            location->path);
    return error;
}

/* The directory part of an absolute path. */
static void directory_of(const char *path, char directory[PATH_MAX]) {
    size_t length = (size_t)(strrchr(path, '/') - path);

    if (length == 0)
        length = 1;
    memcpy(directory, path, length);
    directory[length] = '\0';
}

enum tokenstore_error location_open(struct location *location,
                                    const char *path,
                                    enum location_trust trust,
                                    struct message *message) {
    char directory[PATH_MAX];
    enum tokenstore_error error;

    location->path = path;
    location->trust = trust;
    location->message = message;
    location->deadline = deadline_after(LOCATION_PATIENCE_MS);
    location->directory = -1;
    location->lock.fd = -1;
    error = set_names(location);
    if (error != TOKENSTORE_OK)
        return error;
    directory_of(path, directory);
    if (trust == LOCATION_STORE)
        error =
            safepath_directory(directory, location->name, &location->directory,
                               &location->owner, message);
    else
        error = safepath_readable_directory(directory, &location->directory,
                                            &location->owner, message);
    return missing(location, error);
}

static enum tokenstore_error make_directory(const char *path,
                                            struct message *message) {
    char directory[PATH_MAX];

    directory_of(path, directory);
    if (mkdir(directory, 0700) == 0 || errno == EEXIST)
        return TOKENSTORE_OK;
    return message_set_errno(message, errno, directory, "mkdir");
}

enum tokenstore_error location_open_or_make(struct location *location,
                                            const char *path,
                                            struct message *message) {
    enum tokenstore_error error =
        location_open(location, path, LOCATION_STORE, message);

    if (error != TOKENSTORE_ERROR_MISSING)
        return error;
    location_close(location);
    error = make_directory(path, message);
    return error == TOKENSTORE_OK
               ? location_open(location, path, LOCATION_STORE, message)
               : error;
}

void location_close(struct location *location) {
    lock_close(&location->lock);
    if (location->directory >= 0)
        close(location->directory);
    location->directory = -1;
}

enum tokenstore_error location_open_lock(struct location *location) {
    struct message message;
    enum tokenstore_error error =
        lock_open(&location->lock, location->directory, location->lock_name,
                  false, location->owner, &message);

    if (error == TOKENSTORE_ERROR_MISSING)
        return TOKENSTORE_OK;
    if (error != TOKENSTORE_OK)
        *location->message = message;
    return error;
}

/* One try, in the turn of the process. */
static enum tokenstore_error try_to_lock(struct location *location) {
    enum tokenstore_error error =
        lock_open(&location->lock, location->directory, location->lock_name,
                  true, location->owner, location->message);

    if (error == TOKENSTORE_ERROR_MISSING) {
        error = lock_create(location->directory, location->lock_name,
                            location->owner, location->lock_path,
                            location->message);
        if (error == TOKENSTORE_OK)
            error = location_sync(location);
        if (error == TOKENSTORE_OK)
            error = lock_open(&location->lock, location->directory,
                              location->lock_name, true, location->owner,
                              location->message);
    }
    return error == TOKENSTORE_OK
               ? lock_lock(&location->lock, location->message)
               : error;
}

/* Leaves the turn between two tries, so that this process can read meanwhile,
 * and gets its signals. */
enum tokenstore_error location_lock(struct location *location) {
    lock_close(&location->lock);
    for (;;) {
        enum tokenstore_error error =
            turn_enter(&location->deadline, location->message);

        if (error != TOKENSTORE_OK)
            return error;
        error = try_to_lock(location);
        if (error == TOKENSTORE_OK)
            return TOKENSTORE_OK;
        location_unlock(location);
        if (error != TOKENSTORE_ERROR_BUSY ||
            deadline_passed(&location->deadline))
            return error;
        deadline_pause();
    }
}

void location_unlock(struct location *location) {
    lock_close(&location->lock);
    turn_leave();
}

enum tokenstore_error location_file(const struct location *location,
                                    struct stat *status) {
    if (fstatat(location->directory, location->name, status,
                AT_SYMLINK_NOFOLLOW) != 0)
        return missing(location, message_set_errno(location->message, errno,
                                                   location->path, "open"));
    return safepath_file(status, location->owner,
                         location->trust == LOCATION_STORE, location->path,
                         location->message);
}

enum tokenstore_error location_opened(const struct location *location, int fd,
                                      struct stat *status) {
    enum tokenstore_error error;
    int code;

    if (fd >= 0 && fstat(fd, status) == 0)
        return safepath_file(status, location->owner,
                             location->trust == LOCATION_STORE, location->path,
                             location->message);
    code = errno;
    /* What is there may say more than the error. */
    error = location_file(location, status);
    return error != TOKENSTORE_OK ? error
                                  : message_set_errno(location->message, code,
                                                      location->path, "open");
}

static enum tokenstore_error sync_directory(const struct location *location,
                                            const char *name) {
    enum tokenstore_error error = TOKENSTORE_OK;
    int fd = openat(location->directory, name,
                    O_RDONLY | O_DIRECTORY | SAFEPATH_OPEN);

    if (fd < 0 || fsync(fd) != 0)
        error = message_set_errno(location->message, errno, location->path,
                                  "fsync of its directory");
    if (fd >= 0)
        close(fd);
    return error;
}

enum tokenstore_error location_sync(const struct location *location) {
    return sync_directory(location, ".");
}

enum tokenstore_error location_sync_all(const struct location *location) {
    enum tokenstore_error error = sync_directory(location, "..");

    /* A caller that may not read there has not made the directory either. */
    if (error == TOKENSTORE_OK || error == TOKENSTORE_ERROR_PERMISSION)
        error = location_sync(location);
    return error;
}
