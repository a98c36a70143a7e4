/*
 * location.c - a store's directory, lock file and names, during one call.
 * Knows the names; must never open the store's own file (see safepath.c).
 */
#include "tokenstore/file/location.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The longest suffix is that of PATH.last-use while it is being made. */
#define STORE_NAME_MAX 200

static enum tokenstore_error set_names(struct place *place) {
    place->name = strrchr(place->path, '/') + 1;
    if (*place->name == '\0' || strlen(place->name) > STORE_NAME_MAX ||
        strlen(place->path) >= PATH_MAX - 8)
        return complain_errno(place->complaint, ENAMETOOLONG, place->path,
                              "open");
    snprintf(place->lock_name, sizeof place->lock_name, "%s.lock",
             place->name);
    snprintf(place->new_name, sizeof place->new_name, "%s.new", place->name);
    snprintf(place->use_name, sizeof place->use_name, "%s.last-use",
             place->name);
    snprintf(place->lock_path, sizeof place->lock_path, "%.*s.lock",
             PATH_MAX - 8, place->path);
    snprintf(place->new_path, sizeof place->new_path, "%.*s.new", PATH_MAX - 8,
             place->path);
    place->lock.path = place->lock_path;
    return TOKENSTORE_OK;
}

/* Of a store, say what is missing rather than which system call noticed. */
static enum tokenstore_error missing(const struct place *place,
                                     enum tokenstore_error error) {
    if (error == TOKENSTORE_ERROR_MISSING && place->trust == PLACE_STORE)
        complain(place->complaint, error,
                 "%s: there is no store; 'accesstoken create' makes one",
                 place->path);
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

enum tokenstore_error place_open(struct place *place, const char *path,
                                 enum place_trust trust,
                                 struct complaint *complaint) {
    char directory[PATH_MAX];
    enum tokenstore_error error;

    place->path = path;
    place->trust = trust;
    place->complaint = complaint;
    place->deadline = deadline_after(PLACE_PATIENCE_MS);
    place->directory = -1;
    place->lock.fd = -1;
    error = set_names(place);
    if (error != TOKENSTORE_OK)
        return error;
    directory_of(path, directory);
    if (trust == PLACE_STORE)
        error = safepath_directory(directory, &place->directory, &place->owner,
                                   complaint);
    else
        error = safepath_readable_directory(directory, &place->directory,
                                            &place->owner, complaint);
    return missing(place, error);
}

static enum tokenstore_error make_directory(const char *path,
                                            struct complaint *complaint) {
    char directory[PATH_MAX];

    directory_of(path, directory);
    if (mkdir(directory, 0700) == 0 || errno == EEXIST)
        return TOKENSTORE_OK;
    return complain_errno(complaint, errno, directory, "mkdir");
}

enum tokenstore_error place_open_or_make(struct place *place, const char *path,
                                         struct complaint *complaint) {
    enum tokenstore_error error =
        place_open(place, path, PLACE_STORE, complaint);

    if (error != TOKENSTORE_ERROR_MISSING)
        return error;
    place_close(place);
    error = make_directory(path, complaint);
    return error == TOKENSTORE_OK
               ? place_open(place, path, PLACE_STORE, complaint)
               : error;
}

void place_close(struct place *place) {
    seqlock_close(&place->lock);
    if (place->directory >= 0)
        close(place->directory);
    place->directory = -1;
}

enum tokenstore_error place_lock(struct place *place) {
    enum tokenstore_error error;

    seqlock_close(&place->lock);
    error = seqlock_open(&place->lock, place->directory, place->lock_name,
                         true, place->owner, place->complaint);
    if (error == TOKENSTORE_ERROR_MISSING) {
        error =
            seqlock_create(place->directory, place->lock_name, place->owner,
                           place->lock_path, place->complaint);
        if (error == TOKENSTORE_OK)
            error = place_sync(place);
        if (error == TOKENSTORE_OK)
            error =
                seqlock_open(&place->lock, place->directory, place->lock_name,
                             true, place->owner, place->complaint);
    }
    if (error == TOKENSTORE_OK)
        error = seqlock_lock(&place->lock, &place->deadline, place->complaint);
    return error;
}

enum tokenstore_error place_file(const struct place *place,
                                 struct stat *status) {
    if (fstatat(place->directory, place->name, status, AT_SYMLINK_NOFOLLOW) !=
        0)
        return missing(place, complain_errno(place->complaint, errno,
                                             place->path, "open"));
    return safepath_file(status, place->owner, place->path, place->complaint);
}

static enum tokenstore_error sync_directory(const struct place *place,
                                            const char *name) {
    enum tokenstore_error error = TOKENSTORE_OK;
    int fd =
        openat(place->directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) != 0)
        error = complain_errno(place->complaint, errno, place->path,
                               "fsync of its directory");
    if (fd >= 0)
        close(fd);
    return error;
}

enum tokenstore_error place_sync(const struct place *place) {
    return sync_directory(place, ".");
}

enum tokenstore_error place_sync_all(const struct place *place) {
    enum tokenstore_error error = sync_directory(place, "..");

    /* Who cannot read there has not made the directory either. */
    if (error == TOKENSTORE_OK || error == TOKENSTORE_ERROR_PERMISSION)
        error = place_sync(place);
    return error;
}
