/*
 * write.c - changing a store's file.  Must never wait without bound, and never
 * change the file outside a transaction, except for its end (tdb_tail.h).
 *
 * A change takes the writer lock, marks the file as changing, opens it, takes
 * the mark off, begins a transaction, runs its function, sets the mark again,
 * commits, takes the mark off, closes the file and unlocks.  Opening the file
 * undoes an interrupted change, so it happens under the first mark.
 */
#include "tokenstore/file/write.h"

#include "tokenstore/file/build.h"
#include "tokenstore/file/recover.h"

/* After a failed commit: take the file away from libtdb, then reopen it, which
 * rolls back. */
static enum tokenstore_error abandon(const struct location *location,
                                     struct view *view) {
    enum tokenstore_error error = view_cannot_commit(view);

    view_cut_off(view);
    view_close(view);
    if (recover_open(location, view) != TOKENSTORE_OK)
        return message_set(location->message, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                           "%s: writing failed, and the file cannot be opened "
                           "again; it is not known whether the change stands",
                           location->path);
    view_close(view);
    return error;
}

static enum tokenstore_error commit(struct location *location,
                                    struct view *view) {
    enum tokenstore_error error =
        lock_change_begin(&location->lock, location->message);

    if (error != TOKENSTORE_OK) {
        view_cancel(view);
        return error;
    }
    switch (view_commit(view)) {
    case COMMIT_DONE:
        break;
    case COMMIT_FAILED:
        error = abandon(location, view);
        break;
    case COMMIT_DOUBTFUL:
        error =
            message_set(location->message, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                        "%s: the disk failed at the end of a change; the "
                        "change stands, but a crash may undo it",
                        location->path);
        break;
    }
    lock_change_end(&location->lock);
    return error;
}

/* Change an existing store, under the writer lock and the mutex. */
static enum tokenstore_error change(struct location *location,
                                    struct view *view, view_function *function,
                                    void *argument) {
    enum tokenstore_error error =
        lock_change_begin(&location->lock, location->message);

    if (error != TOKENSTORE_OK)
        return error;
    error = recover_open(location, view);
    lock_change_end(&location->lock);
    if (error != TOKENSTORE_OK)
        return error;
    view->elsewhere = location->directory;
    error = view_begin(view);
    if (error == TOKENSTORE_OK) {
        error = function(view, argument);
        if (error == TOKENSTORE_OK)
            error = commit(location, view);
        else
            view_cancel(view);
    }
    view_close(view);
    return error;
}

enum tokenstore_error file_write(struct file *file, view_function *initialise,
                                 view_function *function, void *argument) {
    struct view view = {.message = &file->message};
    struct stat status;
    struct location location;
    enum tokenstore_error error =
        initialise != NULL
            ? location_open_or_make(&location, file->path, view.message)
            : location_open(&location, file->path, LOCATION_STORE,
                            view.message);

    /* Only a call that makes the store may leave a lock file without one. */
    if (error == TOKENSTORE_OK) {
        error = location_file(&location, &status);
        if (error == TOKENSTORE_ERROR_MISSING && initialise != NULL)
            error = TOKENSTORE_OK;
    }
    if (error == TOKENSTORE_OK)
        error = location_lock(&location);
    if (error == TOKENSTORE_OK) {
        error = location_file(&location, &status);
        if (error == TOKENSTORE_ERROR_MISSING && initialise != NULL)
            error =
                build_file(&location, BUILD_FIRST, 0, initialise, argument);
        if (error == TOKENSTORE_OK)
            error = change(&location, &view, function, argument);
        location_unlock(&location);
    }
    location_close(&location);
    return error;
}
