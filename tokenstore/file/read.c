/*
 * read.c - reading a store's file.  Must never wait without bound, and never
 * return the result of a read that a writer disturbed.
 *
 * A read notes the counter of the lock file, opens the file read-only, looks
 * up what it wants, closes the file and compares the counter.  If the counter
 * has changed, the read begins again.
 */
#include "tokenstore/file/read.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <tdb.h>

#include "tokenstore/file/recover.h"
#include "tokenstore/file/turn.h"

/* Undo an interrupted change, and be a reader again. */
static enum tokenstore_error recover(struct location *location) {
    enum tokenstore_error error;

    /* An unprivileged user chooses when a set-uid program is killed. */
    if (getauxval(AT_SECURE) != 0)
        return message_set(
            location->message, TOKENSTORE_ERROR_UNAVAILABLE,
            "%s: a change was interrupted; run 'accesstoken list' "
            "as root to undo it",
            location->path);
    error = location_lock(location);
    if (error == TOKENSTORE_OK) {
        error = recover_file(location);
        location_unlock(location);
    }
    if (error == TOKENSTORE_ERROR_PERMISSION)
        error = TOKENSTORE_ERROR_UNAVAILABLE;
    return error == TOKENSTORE_OK ? location_open_lock(location) : error;
}

enum outcome {
    OUTCOME_FINAL,   /* worth returning, if the counter has not changed */
    OUTCOME_AGAIN,   /* somebody was in the way */
    OUTCOME_RECOVER, /* the file does not open as it is */
};

/* One try at a read, under the mutex. */
static enum outcome try_read(const struct location *location,
                             struct view *view, view_function *function,
                             void *argument, enum tokenstore_error *error) {
    struct stat status;

    *error = location_file(location, &status);
    if (*error != TOKENSTORE_OK)
        return OUTCOME_FINAL;
    if (!view_open(view, location->path, 0, TDB_NOMMAP,
                   O_RDONLY | O_NOFOLLOW)) {
        /* EAGAIN: somebody has a lease on it (fcntl(2)). */
        if (errno == EBUSY || errno == ENOENT || errno == EAGAIN)
            return OUTCOME_AGAIN;
        if (!view_is_shortage(errno) && errno != EACCES)
            return OUTCOME_RECOVER;
        *error = message_set_errno(location->message, errno, location->path,
                                   "open");
        return OUTCOME_FINAL;
    }
    if (view_is_file(view, &status)) {
        *error = function(view, argument);
        view_close(view);
        return OUTCOME_FINAL;
    }
    view_close(view);
    return OUTCOME_AGAIN;
}

enum tokenstore_error file_read(struct file *file, view_function *function,
                                void *argument) {
    struct view view = {.message = &file->message};
    bool recovered = false;
    struct location location;
    enum tokenstore_error error =
        location_open(&location, file->path, LOCATION_STORE, view.message);

    if (error == TOKENSTORE_OK)
        error = location_open_lock(&location);
    while (error == TOKENSTORE_OK) {
        enum tokenstore_error result = TOKENSTORE_OK;
        enum outcome outcome;
        uint64_t count;

        error = lock_read_begin(&location.lock, &location.deadline, &count,
                                location.message);
        if (error == TOKENSTORE_OK)
            error = turn_enter(&location.deadline, location.message);
        if (error != TOKENSTORE_OK)
            break;
        outcome = try_read(&location, &view, function, argument, &result);
        turn_leave();
        view.attempt++;
        if (location.lock.fd < 0) {
            error =
                location_open_lock(&location); /* a first change meanwhile? */
            if (error != TOKENSTORE_OK || location.lock.fd >= 0)
                continue;
        } else if (!lock_read_valid(&location.lock, count)) {
            outcome = OUTCOME_AGAIN;
        }
        if (outcome == OUTCOME_FINAL) {
            error = result;
            break;
        }
        if (outcome == OUTCOME_RECOVER) {
            if (recovered) {
                error = message_set(location.message, TOKENSTORE_ERROR_DAMAGED,
                                    "%s: damaged; restore a backup",
                                    location.path);
                break;
            }
            recovered = true;
            error = recover(&location);
        } else if (deadline_passed(&location.deadline)) {
            error = message_set(location.message, TOKENSTORE_ERROR_BUSY,
                                "%s: changed too often to be read; try again",
                                location.path);
        } else {
            deadline_pause();
        }
    }
    location_close(&location);
    return error;
}
