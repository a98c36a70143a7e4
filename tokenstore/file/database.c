/*
 * database.c - reading and changing the store's file: safe open, bounded
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
static bool is_the_same_file(const struct database_view *view,
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
static enum tokenstore_error approach(const struct place *place) {
    enum tokenstore_error error = TOKENSTORE_OK;
    int fd = openat(place->directory, place->name,
                    O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return complain_errno(place->complaint, errno, place->path, "open");
    for (;;) {
        struct flock probe = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

        if (fcntl(fd, F_OFD_GETLK, &probe) != 0) {
            error =
                complain_errno(place->complaint, errno, place->path, "lock");
            break;
        }
        if (probe.l_type == F_UNLCK)
            break;
        if (deadline_passed(&place->deadline)) {
            error = complain(place->complaint, TOKENSTORE_ERROR_BUSY,
                             "%s: locked by process %ld, which is not an "
                             "accesstoken program",
                             place->path, (long)probe.l_pid);
            break;
        }
        deadline_pause();
    }
    if (error == TOKENSTORE_OK && !tidy_can_recover(fd))
        error = complain(place->complaint, TOKENSTORE_ERROR_DAMAGED,
                         "%s: damaged where an interrupted change is to be "
                         "rolled back from; restore a backup",
                         place->path);
    if (error == TOKENSTORE_OK && !tidy_end(fd))
        error = complain_errno(place->complaint, errno, place->path,
                               "mend the end of it");
    close(fd);
    return error;
}

/* Open for changes.  libtdb recovers here what an interrupted change left.
 * The caller has marked the file as changing. */
static enum tokenstore_error open_for_change(const struct place *place,
                                             struct database_view *view) {
    struct stat status;
    enum tokenstore_error error = place_file(place, &status);

    if (error == TOKENSTORE_OK)
        error = approach(place);
    if (error != TOKENSTORE_OK)
        return error;
    if (syncing_is_switched_off()) {
        if (!view_open(view, place->path, 0, TDB_NOMMAP,
                       O_RDONLY | O_NOFOLLOW))
            return complain(place->complaint, TOKENSTORE_ERROR_UNAVAILABLE,
                            "%s: needs recovery, and the environment "
                            "variable TDB_NO_FSYNC would make that unsafe; "
                            "unset it",
                            place->path);
        view_close(view);
    }
    while (!view_open(view, place->path, 0, TDB_NOMMAP, O_RDWR | O_NOFOLLOW)) {
        if (view_is_shortage(errno))
            return complain_errno(place->complaint, errno, place->path,
                                  "open");
        /* Somebody else in this process, who uses libtdb himself. */
        if (errno != EBUSY)
            return complain(place->complaint, TOKENSTORE_ERROR_DAMAGED,
                            "%s: damaged, or not a token store; restore a "
                            "backup",
                            place->path);
        if (deadline_passed(&place->deadline))
            return complain(place->complaint, TOKENSTORE_ERROR_BUSY,
                            "%s: another part of this process has it open",
                            place->path);
        deadline_pause();
    }
    if (is_the_same_file(view, &status))
        return TOKENSTORE_OK;
    view_close(view);
    return complain(place->complaint, TOKENSTORE_ERROR_UNAVAILABLE,
                    "%s: replaced by something else than restore",
                    place->path);
}

/* ----------------------------------------------------------------- reading */

/* A lone file, such as a backup, has no lock file until its first change.
 * That is no failure, and leaves what is said of one alone. */
static enum tokenstore_error open_lock(struct place *place) {
    struct complaint complaint;
    enum tokenstore_error error =
        seqlock_open(&place->lock, place->directory, place->lock_name, false,
                     place->owner, &complaint);

    if (error == TOKENSTORE_ERROR_MISSING)
        return TOKENSTORE_OK;
    if (error != TOKENSTORE_OK)
        *place->complaint = complaint;
    return error;
}

enum tokenstore_error view_recover(struct place *place) {
    struct database_view view = {.complaint = place->complaint};
    enum tokenstore_error error =
        seqlock_change_begin(&place->lock, place->complaint);

    if (error == TOKENSTORE_OK) {
        error = open_for_change(place, &view);
        view_close(&view);
        seqlock_change_end(&place->lock);
    }
    return error;
}

/* Recover an interrupted change as a reader, and be a reader again. */
static enum tokenstore_error recover(struct place *place) {
    enum tokenstore_error error;

    /* An unprivileged user chooses when a set-uid program is killed. */
    if (getauxval(AT_SECURE) != 0)
        return complain(place->complaint, TOKENSTORE_ERROR_UNAVAILABLE,
                        "%s: a change was interrupted; 'accesstoken list', "
                        "run as root, recovers it",
                        place->path);
    error = place_lock(place);
    if (error == TOKENSTORE_OK)
        error = view_enter(&place->deadline, place->complaint);
    if (error == TOKENSTORE_OK) {
        error = view_recover(place);
        view_leave();
    }
    seqlock_close(&place->lock);
    if (error == TOKENSTORE_ERROR_PERMISSION)
        error = TOKENSTORE_ERROR_UNAVAILABLE;
    return error == TOKENSTORE_OK ? open_lock(place) : error;
}

enum outcome {
    OUTCOME_FINAL,   /* worth returning, if the counter has not changed */
    OUTCOME_AGAIN,   /* somebody was in the way */
    OUTCOME_RECOVER, /* the file does not open as it is */
};

/* One try at a read, under the mutex. */
static enum outcome try_read(const struct place *place,
                             struct database_view *view,
                             database_function *function, void *argument,
                             enum tokenstore_error *error) {
    struct stat status;

    *error = place_file(place, &status);
    if (*error != TOKENSTORE_OK)
        return OUTCOME_FINAL;
    if (!view_open(view, place->path, 0, TDB_NOMMAP, O_RDONLY | O_NOFOLLOW)) {
        if (errno == EBUSY || errno == ENOENT)
            return OUTCOME_AGAIN;
        if (!view_is_shortage(errno) && errno != EACCES)
            return OUTCOME_RECOVER;
        *error = complain_errno(place->complaint, errno, place->path, "open");
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

enum tokenstore_error database_read(struct database *database,
                                    database_function *function,
                                    void *argument) {
    struct database_view view = {.complaint = &database->message};
    bool recovered = false;
    struct place place;
    enum tokenstore_error error =
        place_open(&place, database->path, PLACE_STORE, view.complaint);

    if (error == TOKENSTORE_OK)
        error = open_lock(&place);
    while (error == TOKENSTORE_OK) {
        enum tokenstore_error result = TOKENSTORE_OK;
        enum outcome outcome;
        uint64_t count;

        error = seqlock_read_begin(&place.lock, &place.deadline, &count,
                                   place.complaint);
        if (error == TOKENSTORE_OK)
            error = view_enter(&place.deadline, place.complaint);
        if (error != TOKENSTORE_OK)
            break;
        outcome = try_read(&place, &view, function, argument, &result);
        view_leave();
        view.attempt++;
        if (place.lock.fd < 0) {
            error = open_lock(&place); /* a first change, meanwhile? */
            if (error != TOKENSTORE_OK || place.lock.fd >= 0)
                continue;
        } else if (!seqlock_read_valid(&place.lock, count)) {
            outcome = OUTCOME_AGAIN;
        }
        if (outcome == OUTCOME_FINAL) {
            error = result;
            break;
        }
        if (outcome == OUTCOME_RECOVER) {
            if (recovered) {
                error = complain(place.complaint, TOKENSTORE_ERROR_DAMAGED,
                                 "%s: damaged; restore a backup", place.path);
                break;
            }
            recovered = true;
            error = recover(&place);
        } else if (deadline_passed(&place.deadline)) {
            error = complain(place.complaint, TOKENSTORE_ERROR_BUSY,
                             "%s: changed too often to be read; try again",
                             place.path);
        } else {
            deadline_pause();
        }
    }
    place_close(&place);
    return error;
}

/* ---------------------------------------------------------------- changing */

/* After a failed commit: take the file away from libtdb, then reopen it, which
 * rolls back. */
static enum tokenstore_error abandon(const struct place *place,
                                     struct database_view *view) {
    enum tokenstore_error error = view_cannot_commit(view);

    view_cut_off(view);
    view_close(view);
    if (open_for_change(place, view) != TOKENSTORE_OK)
        return complain(place->complaint, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                        "%s: writing failed, and the file cannot be opened "
                        "again; whether the change stands is not known",
                        place->path);
    view_close(view);
    return error;
}

static enum tokenstore_error commit(struct place *place,
                                    struct database_view *view) {
    enum tokenstore_error error =
        seqlock_change_begin(&place->lock, place->complaint);

    if (error != TOKENSTORE_OK) {
        tdb_transaction_cancel(view->tdb);
        return error;
    }
    switch (view_commit(view)) {
    case COMMIT_DONE:
        break;
    case COMMIT_FAILED:
        error = abandon(place, view);
        break;
    case COMMIT_DOUBTFUL:
        error = complain(place->complaint, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                         "%s: the disk failed at the end of a change; it "
                         "stands now, and may be undone by a crash",
                         place->path);
        break;
    }
    seqlock_change_end(&place->lock);
    return error;
}

/* A change of an existing store, under writer lock and mutex. */
static enum tokenstore_error change(struct place *place,
                                    struct database_view *view,
                                    database_function *function,
                                    void *argument) {
    enum tokenstore_error error =
        seqlock_change_begin(&place->lock, place->complaint);

    if (error != TOKENSTORE_OK)
        return error;
    error = open_for_change(place, view);
    seqlock_change_end(&place->lock);
    if (error != TOKENSTORE_OK)
        return error;
    view->elsewhere = place->directory;
    error = view_begin(view);
    if (error == TOKENSTORE_OK) {
        error = function(view, argument);
        if (error == TOKENSTORE_OK)
            error = commit(place, view);
        else
            tdb_transaction_cancel(view->tdb);
    }
    view_close(view);
    return error;
}

enum tokenstore_error database_write(struct database *database,
                                     database_function *initialise,
                                     database_function *function,
                                     void *argument) {
    struct database_view view = {.complaint = &database->message};
    struct stat status;
    struct place place;
    enum tokenstore_error error =
        initialise != NULL
            ? place_open_or_make(&place, database->path, view.complaint)
            : place_open(&place, database->path, PLACE_STORE, view.complaint);

    /* Only create may leave a lock file where there is no store. */
    if (error == TOKENSTORE_OK) {
        error = place_file(&place, &status);
        if (error == TOKENSTORE_ERROR_MISSING && initialise != NULL)
            error = TOKENSTORE_OK;
    }
    if (error == TOKENSTORE_OK)
        error = place_lock(&place);
    if (error == TOKENSTORE_OK)
        error = view_enter(&place.deadline, view.complaint);
    if (error == TOKENSTORE_OK) {
        error = place_file(&place, &status);
        if (error == TOKENSTORE_ERROR_MISSING && initialise != NULL)
            error = view_build(&place, BUILD_FIRST, 0, initialise, argument);
        if (error == TOKENSTORE_OK)
            error = change(&place, &view, function, argument);
        view_leave();
    }
    place_close(&place);
    return error;
}
