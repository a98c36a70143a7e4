/*
 * recover.c - opening a store's file for a change.  libtdb undoes within
 * tdb_open what an interrupted change left in the file.
 * Must never wait without bound, and must never open the file with O_CREAT:
 * libtdb takes a bad header for an empty file, and would truncate it.
 */
#include "tokenstore/file/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <tdb.h>
#include <unistd.h>

#include "tokenstore/file/tdb_recovery.h"
#include "tokenstore/file/tdb_tail.h"
#include "tokenstore/host/safepath.h"

/* libtdb turns this variable into TDB_NOSYNC, also for the recovery that it
 * does within tdb_open, before anybody can clear the flag. */
static bool syncing_is_switched_off(void) {
    return getenv("TDB_NO_FSYNC") != NULL;
}

/*
 * tdb_open and tdb_transaction_start wait without bound for the lock of any
 * other program that uses the file (tdbtool, say).  Wait here, until the
 * deadline, for that program to finish.
 */
static enum tokenstore_error wait_for_others(const struct location *location,
                                             int fd) {
    for (;;) {
        struct flock probe = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

        if (fcntl(fd, F_OFD_GETLK, &probe) != 0)
            return message_set_errno(location->message, errno, location->path,
                                     "lock");
        if (probe.l_type == F_UNLCK)
            return TOKENSTORE_OK;
        if (deadline_passed(&location->deadline))
            return message_set(location->message, TOKENSTORE_ERROR_BUSY,
                               "%s: locked by process %ld, which is not an "
                               "accesstoken program",
                               location->path, (long)probe.l_pid);
        deadline_pause();
    }
}

/* Wait for other programs, then repair the end of the file, which libtdb would
 * not do.  Closing drops POSIX locks, but nobody in this process has any: this
 * runs under the mutex and the writer lock. */
static enum tokenstore_error prepare(const struct location *location,
                                     struct stat *status) {
    int fd = openat(location->directory, location->name,
                    O_RDWR | O_NOFOLLOW | SAFEPATH_OPEN);
    enum tokenstore_error error = location_opened(location, fd, status);

    if (error == TOKENSTORE_OK)
        error = wait_for_others(location, fd);
    if (error == TOKENSTORE_OK && !tdb_recovery_is_sound(fd))
        error = message_set(location->message, TOKENSTORE_ERROR_DAMAGED,
                            "%s: damaged: an interrupted change cannot be "
                            "undone; restore a backup",
                            location->path);
    if (error == TOKENSTORE_OK && !tdb_tail_cut(fd))
        error = message_set_errno(location->message, errno, location->path,
                                  "repair the end of the file");
    if (fd >= 0)
        close(fd);
    return error;
}

/* Refuse a recovery that would not be synced. */
static enum tokenstore_error check_environment(const struct location *location,
                                               struct view *view) {
    if (!syncing_is_switched_off())
        return TOKENSTORE_OK;
    if (!view_open(view, location->path, 0, TDB_NOMMAP, O_RDONLY | O_NOFOLLOW))
        return message_set(
            location->message, TOKENSTORE_ERROR_UNAVAILABLE,
            "%s: needs recovery, which the environment variable "
            "TDB_NO_FSYNC makes unsafe; run: unset TDB_NO_FSYNC",
            location->path);
    view_close(view);
    return TOKENSTORE_OK;
}

static enum tokenstore_error open_in_time(const struct location *location,
                                          struct view *view) {
    while (
        !view_open(view, location->path, 0, TDB_NOMMAP, O_RDWR | O_NOFOLLOW)) {
        if (view_is_shortage(errno))
            return message_set_errno(location->message, errno, location->path,
                                     "open");
        /* EBUSY: code of this process that uses libtdb without this library.
         * EAGAIN: somebody has a lease on it (fcntl(2)), and is giving it up.
         */
        if (errno != EBUSY && errno != EAGAIN)
            return message_set(location->message, TOKENSTORE_ERROR_DAMAGED,
                               "%s: damaged, or not a token store; restore a "
                               "backup",
                               location->path);
        if (deadline_passed(&location->deadline))
            return message_set(location->message, TOKENSTORE_ERROR_BUSY,
                               "%s: another part of this process has it open",
                               location->path);
        deadline_pause();
    }
    return TOKENSTORE_OK;
}

enum tokenstore_error recover_confirm(const struct location *location,
                                      struct view *view,
                                      const struct stat *judged) {
    if (view_is_file(view, judged))
        return TOKENSTORE_OK;
    view_close(view);
    return message_set(location->message, TOKENSTORE_ERROR_UNAVAILABLE,
                       "%s: replaced by a program other than accesstoken",
                       location->path);
}

enum tokenstore_error recover_open(const struct location *location,
                                   struct view *view) {
    struct stat status;
    enum tokenstore_error error = prepare(location, &status);

    if (error == TOKENSTORE_OK)
        error = check_environment(location, view);
    if (error == TOKENSTORE_OK)
        error = open_in_time(location, view);
    return error == TOKENSTORE_OK ? recover_confirm(location, view, &status)
                                  : error;
}

enum tokenstore_error recover_file(struct location *location) {
    struct view view = {.message = location->message};
    enum tokenstore_error error =
        lock_change_begin(&location->lock, location->message);

    if (error == TOKENSTORE_OK) {
        error = recover_open(location, &view);
        view_close(&view);
        lock_change_end(&location->lock);
    }
    return error;
}
