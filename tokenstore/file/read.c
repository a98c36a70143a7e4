/*
 * read.c - reading and changing the store's file: safe open, bounded
 * waits, transactions.  Must never wait without bound, never change the file
 * outside a transaction (save for its loose end, see tidy.c), never open it
 * with O_CREAT, and never let a doubtful read through.
 *
 * A read: note the counter (seqlock.c), open read-only, fetch, close, compare
 * the counter; changed means again.  A change: take the writer lock, mark,
 * open, unmark, begin, apply, mark, commit, unmark, close.  Recovery of an
 * interrupted change happens in tdb_open, inside the first mark.
 */
#include "tokenstore/file/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "tokenstore/file/location.h"
#include "tokenstore/file/tdb.h"
#include "tokenstore/file/tdb_tail.h"

/* ----------------------------------------------------------------- opening */

/* libtdb turns this variable into TDB_NOSYNC, also for the recovery that it
 * does within tdb_open, where nothing can clear the flag in time. */
static bool syncing_is_switched_off(void) {
    return getenv("TDB_NO_FSYNC") != NULL;
}

/* Is the file that libtdb opened the one whose status was judged? */
static bool is_the_same_file(const struct view *view,
                             const struct stat *judged) {
    struct stat status;

    return fstat(tdb_fd(view->tdb), &status) == 0 &&
           status.st_dev == judged->st_dev && status.st_ino == judged->st_ino;
}

/*
 * tdb_open and tdb_transaction_start wait without bound for the lock of any
 * other program that uses the file (tdbtool, say).  Wait here, with bound,
 * until there is none, and then mend the end of the file, which libtdb would
 * not.  Closing drops POSIX locks, but nobody in this process has any: this is
 * under the mutex and the writer lock.
 */
static enum tokenstore_error approach(const struct location *location) {
    enum tokenstore_error error = TOKENSTORE_OK;
    int fd = openat(location->directory, location->name,
                    O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return message_set_errno(location->message, errno, location->path,
                                 "open");
    for (;;) {
        struct flock probe = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

        if (fcntl(fd, F_OFD_GETLK, &probe) != 0) {
            error = message_set_errno(location->message, errno, location->path,
                                      "lock");
            break;
        }
        if (probe.l_type == F_UNLCK)
            break;
        if (deadline_passed(&location->deadline)) {
            error = message_set(location->message, TOKENSTORE_ERROR_BUSY,
                                "%s: locked by process %ld, which is not an "
                                "accesstoken program",
                                location->path, (long)probe.l_pid);
            break;
        }
        deadline_pause();
    }
    if (error == TOKENSTORE_OK && !tdb_tail_can_recover(fd))
        error = message_set(location->message, TOKENSTORE_ERROR_DAMAGED,
                            "%s: damaged where an interrupted change is to be "
                            "rolled back from; restore a backup",
                            location->path);
    if (error == TOKENSTORE_OK && !tdb_tail_cut(fd))
        error = message_set_errno(location->message, errno, location->path,
                                  "mend the end of it");
    close(fd);
    return error;
}

/* Open for changes.  libtdb recovers here what an interrupted change left.
 * The caller has marked the file as changing. */
static enum tokenstore_error open_for_change(const struct location *location,
                                             struct view *view) {
    struct stat status;
    enum tokenstore_error error = location_file(location, &status);

    if (error == TOKENSTORE_OK)
        error = approach(location);
    if (error != TOKENSTORE_OK)
        return error;
    if (syncing_is_switched_off()) {
        if (!view_open(view, location->path, 0, TDB_NOMMAP,
                       O_RDONLY | O_NOFOLLOW))
            return message_set(location->message, TOKENSTORE_ERROR_UNAVAILABLE,
                               "%s: needs recovery, and the environment "
                               "variable TDB_NO_FSYNC would make that unsafe; "
                               "unset it",
                               location->path);
        view_close(view);
    }
    while (
        !view_open(view, location->path, 0, TDB_NOMMAP, O_RDWR | O_NOFOLLOW)) {
        if (view_is_shortage(errno))
            return message_set_errno(location->message, errno, location->path,
                                     "open");
        /* Somebody else in this process, who uses libtdb himself. */
        if (errno != EBUSY)
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
    if (is_the_same_file(view, &status))
        return TOKENSTORE_OK;
    view_close(view);
    return message_set(location->message, TOKENSTORE_ERROR_UNAVAILABLE,
                       "%s: replaced by something else than restore",
                       location->path);
}

/* ----------------------------------------------------------------- reading */

/* A lone file, such as a backup, has no lock file until its first change.
 * That is no failure, and leaves what is said of one alone. */
static enum tokenstore_error open_lock(struct location *location) {
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

enum tokenstore_error recover_file(struct location *location) {
    struct view view = {.message = location->message};
    enum tokenstore_error error =
        lock_change_begin(&location->lock, location->message);

    if (error == TOKENSTORE_OK) {
        error = open_for_change(location, &view);
        view_close(&view);
        lock_change_end(&location->lock);
    }
    return error;
}

/* Recover an interrupted change as a reader, and be a reader again. */
static enum tokenstore_error recover(struct location *location) {
    enum tokenstore_error error;

    /* An unprivileged user chooses when a set-uid program is killed. */
    if (getauxval(AT_SECURE) != 0)
        return message_set(location->message, TOKENSTORE_ERROR_UNAVAILABLE,
                           "%s: a change was interrupted; 'accesstoken list', "
                           "run as root, recovers it",
                           location->path);
    error = location_lock(location);
    if (error == TOKENSTORE_OK)
        error = turn_enter(&location->deadline, location->message);
    if (error == TOKENSTORE_OK) {
        error = recover_file(location);
        turn_leave();
    }
    lock_close(&location->lock);
    if (error == TOKENSTORE_ERROR_PERMISSION)
        error = TOKENSTORE_ERROR_UNAVAILABLE;
    return error == TOKENSTORE_OK ? open_lock(location) : error;
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
        if (errno == EBUSY || errno == ENOENT)
            return OUTCOME_AGAIN;
        if (!view_is_shortage(errno) && errno != EACCES)
            return OUTCOME_RECOVER;
        *error = message_set_errno(location->message, errno, location->path,
                                   "open");
        return OUTCOME_FINAL;
    }
    if (is_the_same_file(view, &status)) {
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
        error = open_lock(&location);
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
            error = open_lock(&location); /* a first change, meanwhile? */
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

/* ---------------------------------------------------------------- changing */

/* After a failed commit: take the file away from libtdb, then reopen it, which
 * rolls back. */
static enum tokenstore_error abandon(const struct location *location,
                                     struct view *view) {
    enum tokenstore_error error = view_cannot_commit(view);

    view_cut_off(view);
    view_close(view);
    if (open_for_change(location, view) != TOKENSTORE_OK)
        return message_set(location->message, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                           "%s: writing failed, and the file cannot be opened "
                           "again; whether the change stands is not known",
                           location->path);
    view_close(view);
    return error;
}

static enum tokenstore_error commit(struct location *location,
                                    struct view *view) {
    enum tokenstore_error error =
        lock_change_begin(&location->lock, location->message);

    if (error != TOKENSTORE_OK) {
        tdb_transaction_cancel(view->tdb);
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
                        "%s: the disk failed at the end of a change; it "
                        "stands now, and may be undone by a crash",
                        location->path);
        break;
    }
    lock_change_end(&location->lock);
    return error;
}

/* A change of an existing store, under writer lock and mutex. */
static enum tokenstore_error change(struct location *location,
                                    struct view *view, view_function *function,
                                    void *argument) {
    enum tokenstore_error error =
        lock_change_begin(&location->lock, location->message);

    if (error != TOKENSTORE_OK)
        return error;
    error = open_for_change(location, view);
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
            tdb_transaction_cancel(view->tdb);
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

    /* Only create may leave a lock file where there is no store. */
    if (error == TOKENSTORE_OK) {
        error = location_file(&location, &status);
        if (error == TOKENSTORE_ERROR_MISSING && initialise != NULL)
            error = TOKENSTORE_OK;
    }
    if (error == TOKENSTORE_OK)
        error = location_lock(&location);
    if (error == TOKENSTORE_OK)
        error = turn_enter(&location.deadline, view.message);
    if (error == TOKENSTORE_OK) {
        error = location_file(&location, &status);
        if (error == TOKENSTORE_ERROR_MISSING && initialise != NULL)
            error =
                build_file(&location, BUILD_FIRST, 0, initialise, argument);
        if (error == TOKENSTORE_OK)
            error = change(&location, &view, function, argument);
        turn_leave();
    }
    location_close(&location);
    return error;
}
