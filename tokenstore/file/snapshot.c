/*
 * snapshot.c - whole files: private copies, backups, new files, replacement.
 * Must never write to a store's
 * file: new content always gets a file of its own, complete and synced before
 * it gets the store's name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tokenstore/file/database.h"
#include "tokenstore/file/tdb.h"
#include "tokenstore/file/tdb_tail.h"

/* ------------------------------------------------------------------ copies */

static bool copy_bytes(int from, int to) {
    static const size_t chunk = 256 * 1024;
    char *buffer = malloc(chunk);
    off_t offset = 0;
    ssize_t length = -1;

    if (buffer == NULL || ftruncate(to, 0) != 0)
        goto out;
    while ((length = pread(from, buffer, chunk, offset)) > 0) {
        for (ssize_t done = 0; done < length;) {
            ssize_t written = pwrite(to, buffer + done,
                                     (size_t)(length - done), offset + done);

            if (written < 0) {
                length = -1;
                goto out;
            }
            done += written;
        }
        offset += length;
    }
out:
    free(buffer);
    return length == 0;
}

/* Copy the file as it stands: bytes, unread, so that damage is copied too. */
static enum tokenstore_error copy_file(const struct place *place, int to) {
    struct stat judged, status;
    enum tokenstore_error error = place_file(place, &judged);
    int from;

    if (error != TOKENSTORE_OK)
        return error;
    error = view_enter(&place->deadline, place->complaint);
    if (error != TOKENSTORE_OK)
        return error;
    from = openat(place->directory, place->name,
                  O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (from < 0 || fstat(from, &status) != 0 ||
        status.st_ino != judged.st_ino || !copy_bytes(from, to))
        error = complain_errno(place->complaint, errno, place->path, "copy");
    if (from >= 0)
        close(from);
    view_leave();
    return error;
}

/* Copy without a lock, as any reader; where steady changes leave no gap that
 * is long enough, with the writer lock. */
static enum tokenstore_error copy_consistently(struct place *place, int to) {
    enum tokenstore_error error =
        seqlock_open(&place->lock, place->directory, place->lock_name, false,
                     place->owner, place->complaint);
    uint64_t count;

    if (error == TOKENSTORE_ERROR_MISSING) /* nobody ever changed it */
        return copy_file(place, to);
    for (int attempt = 0; attempt < 3 && error == TOKENSTORE_OK; attempt++) {
        enum tokenstore_error result;

        error = seqlock_read_begin(&place->lock, &place->deadline, &count,
                                   place->complaint);
        if (error != TOKENSTORE_OK)
            return error;
        result = copy_file(place, to);
        if (seqlock_read_valid(&place->lock, count))
            return result; /* else its error is worth as little as its copy */
    }
    if (error == TOKENSTORE_OK)
        error = place_lock(place);
    if (error == TOKENSTORE_OK)
        error = copy_file(place, to);
    seqlock_close(&place->lock);
    return error;
}

/* Roll back, in a private copy, a change that was interrupted.  Not mapped:
 * where the file grows again, libtdb syncs more than it has mapped. */
static void recover_copy(struct database_view *view, const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return;
    if (tidy_can_recover(fd) && tidy_end(fd) &&
        view_open(view, path, 0, TDB_NOMMAP, O_RDWR))
        view_close(view);
    close(fd);
}

/*
 * Open a private copy, read-only, which saves libtdb its locks.  It is no
 * store, so the mutex is needed around the open and the close alone, and mmap
 * is safe: nobody truncates it.
 */
static enum tokenstore_error open_copy(struct database_view *view,
                                       const char *path, bool *recovered) {
    struct deadline deadline = deadline_after(PLACE_PATIENCE_MS);
    enum tokenstore_error error = view_enter(&deadline, view->complaint);
    const char *shown = view->path;
    bool opened;
    int code;

    if (error != TOKENSTORE_OK)
        return error;
    opened = view_open(view, path, 0, 0, O_RDONLY);
    if (recovered != NULL)
        *recovered = !opened;
    if (!opened && !view_is_shortage(errno)) {
        recover_copy(view, path);
        if (!view_is_shortage(errno))
            opened = view_open(view, path, 0, 0, O_RDONLY);
    }
    code = errno;
    view->path = shown;
    view_leave();
    if (opened)
        return TOKENSTORE_OK;
    if (view_is_shortage(code))
        return complain_errno(view->complaint, code, shown, "examine");
    if (code == ENOENT)
        return complain(view->complaint, TOKENSTORE_ERROR_UNAVAILABLE,
                        "%s: cannot be examined without /proc", shown);
    return complain(view->complaint, TOKENSTORE_ERROR_DAMAGED,
                    "%s: damaged, or not a token store", shown);
}

static enum tokenstore_error close_copy(struct database_view *view,
                                        enum tokenstore_error error) {
    struct deadline deadline = deadline_after(PLACE_PATIENCE_MS);
    enum tokenstore_error entered = view_enter(&deadline, view->complaint);

    if (entered == TOKENSTORE_OK) {
        view_close(view);
        view_leave();
    }
    return error != TOKENSTORE_OK ? error : entered;
}

enum tokenstore_error database_snapshot(struct database *database,
                                        enum place_trust trust,
                                        database_function *function,
                                        void *argument, bool *recovered) {
    struct database_view view = {.complaint = &database->message,
                                 .path = database->path};
    char path[32];
    struct place place;
    enum tokenstore_error error =
        place_open(&place, database->path, trust, view.complaint);
    int fd = memfd_create("accesstoken-snapshot", MFD_CLOEXEC);

    if (error == TOKENSTORE_OK && fd < 0)
        error = complain_errno(view.complaint, errno, "memfd", "create");
    if (error == TOKENSTORE_OK)
        error = copy_consistently(&place, fd);
    place_close(&place);
    if (error == TOKENSTORE_OK) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        error = open_copy(&view, path, recovered);
    }
    if (error == TOKENSTORE_OK)
        error = close_copy(&view, function(&view, argument));
    if (fd >= 0)
        close(fd);
    return error;
}

enum tokenstore_error database_fill_gaps(struct database_view *view,
                                         uint64_t *unused) {
    int fd = memfd_create("accesstoken-check", MFD_CLOEXEC);
    enum tokenstore_error error = TOKENSTORE_ERROR_DAMAGED;
    char path[32];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    errno = 0;
    if (fd < 0 || !copy_bytes(tdb_fd(view->tdb), fd) || !tidy_gaps(fd, unused))
        error = errno == 0 ? error
                           : complain_errno(view->complaint, errno, view->path,
                                            "examine");
    else
        error = close_copy(view, TOKENSTORE_OK);
    if (error == TOKENSTORE_OK)
        error = open_copy(view, path, NULL);
    if (fd >= 0)
        close(fd);
    return error;
}

struct visit {
    database_visitor *visitor;
    void *argument;
    bool stopped;
};

static int visit_record(TDB_DATA key, TDB_DATA value, void *argument) {
    struct visit *visit = argument;

    if (!visit->visitor(key.dptr, key.dsize, value.dptr, value.dsize,
                        visit->argument))
        visit->stopped = true;
    return visit->stopped ? -1 : 0;
}

static int traverse_record(struct tdb_context *tdb, TDB_DATA key,
                           TDB_DATA value, void *argument) {
    (void)tdb;
    return visit_record(key, value, argument);
}

enum tokenstore_error database_check(struct database_view *view,
                                     database_visitor *visit, void *argument) {
    struct visit state = {visit, argument, false};

    view_before(view);
    return view_result(view, tdb_check(view->tdb, visit_record, &state) == 0);
}

enum tokenstore_error database_traverse(struct database_view *view,
                                        database_visitor *visit,
                                        void *argument) {
    struct visit state = {visit, argument, false};

    view_before(view);
    return view_result(
        view, tdb_traverse_read(view->tdb, traverse_record, &state) >= 0 &&
                  !state.stopped);
}

/* --------------------------------------------------------------- new files */

static int hash_chains(uint64_t records) {
    static const int primes[] = {100003, 300007, 1000003, 3000017};
    const size_t count = sizeof primes / sizeof primes[0];

    for (size_t i = 0; i < count; i++)
        if (records <= 10 * (uint64_t)primes[i])
            return primes[i];
    return primes[count - 1];
}

enum tokenstore_error database_flush(struct database_view *view) {
    if (view_commit(view) != COMMIT_DONE)
        return view_cannot_commit(view);
    return view_begin(view);
}

/* Fill a new file and see it safe on disk, still under its temporary name. */
static enum tokenstore_error fill_file(struct place *place, uint64_t records,
                                       database_function *fill,
                                       void *argument) {
    struct database_view view = {.complaint = place->complaint};
    enum tokenstore_error error;
    int fd;

    /* A leftover of a build that was interrupted; the lock is ours. */
    if (unlinkat(place->directory, place->new_name, 0) != 0 && errno != ENOENT)
        return complain_errno(place->complaint, errno, place->new_path,
                              "remove");
    /* mmap is safe here: nobody else knows the file yet. */
    if (!view_open(&view, place->new_path, hash_chains(records),
                   TDB_INCOMPATIBLE_HASH,
                   O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW))
        return complain_errno(place->complaint, errno, place->new_path,
                              "create");
    fd = tdb_fd(view.tdb);
    error = view_begin(&view);
    if (error == TOKENSTORE_OK)
        error = fill(&view, argument);
    if (error == TOKENSTORE_OK)
        error = database_flush(&view);
    tdb_transaction_cancel(view.tdb);
    if (error == TOKENSTORE_OK &&
        (!safepath_give(fd, place->owner) || fsync(fd) != 0))
        error =
            complain_errno(place->complaint, errno, place->new_path, "write");
    view_close(&view);
    return error;
}

/* Give the new file the store's name.  A first store must not displace a
 * file that somebody else has just put there, so it is linked. */
static bool put_in_place(const struct place *place, enum build build) {
    switch (build) {
    case BUILD_FIRST:
        return linkat(place->directory, place->new_name, place->directory,
                      place->name, 0) == 0 &&
               unlinkat(place->directory, place->new_name, 0) == 0;
    case BUILD_REPLACEMENT:
        return renameat(place->directory, place->new_name, place->directory,
                        place->name) == 0;
    }
    return false;
}

enum tokenstore_error view_build(struct place *place, enum build build,
                                 uint64_t records, database_function *fill,
                                 void *argument) {
    enum tokenstore_error error = fill_file(place, records, fill, argument);
    bool done;

    if (error == TOKENSTORE_OK)
        error = seqlock_change_begin(&place->lock, place->complaint);
    if (error == TOKENSTORE_OK) {
        done = put_in_place(place, build);
        if (!done)
            error = complain_errno(place->complaint, errno, place->path,
                                   "put in place");
        seqlock_change_end(&place->lock);
        if (done &&
            (build == BUILD_FIRST ? place_sync_all(place)
                                  : place_sync(place)) != TOKENSTORE_OK)
            error =
                complain(place->complaint, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                         "%s: in place, but may be undone by a crash: "
                         "the directory cannot be synced",
                         place->path);
    }
    if (error != TOKENSTORE_OK)
        unlinkat(place->directory, place->new_name, 0);
    return error;
}

/* ------------------------------------------------------------- replacement */

static enum tokenstore_error open_current(struct place *place,
                                          struct database_view *view) {
    struct stat status;
    enum tokenstore_error error = place_file(place, &status);

    if (error != TOKENSTORE_OK ||
        view_open(view, place->path, 0, TDB_NOMMAP, O_RDONLY | O_NOFOLLOW))
        return error;
    /* An interrupted change is no reason to forget what was revoked. */
    error = view_recover(place);
    if (error == TOKENSTORE_OK &&
        !view_open(view, place->path, 0, TDB_NOMMAP, O_RDONLY | O_NOFOLLOW))
        error = complain(place->complaint, TOKENSTORE_ERROR_DAMAGED,
                         "%s: damaged", place->path);
    return error;
}

enum tokenstore_error database_replace(struct database *database,
                                       uint64_t records, database_begin *begin,
                                       database_function *fill,
                                       void *argument) {
    struct database_view current = {.complaint = &database->message};
    struct place place;
    enum tokenstore_error why;
    enum tokenstore_error error =
        place_open_or_make(&place, database->path, &database->message);

    if (error == TOKENSTORE_OK)
        error = place_lock(&place);
    if (error == TOKENSTORE_OK)
        error = view_enter(&place.deadline, &database->message);
    if (error == TOKENSTORE_OK) {
        why = open_current(&place, &current);
        error = begin(why == TOKENSTORE_OK ? &current : NULL, why, argument);
        if (error == TOKENSTORE_OK)
            error =
                view_build(&place,
                           why == TOKENSTORE_ERROR_MISSING ? BUILD_FIRST
                                                           : BUILD_REPLACEMENT,
                           records, fill, argument);
        view_close(&current);
        view_leave();
    }
    place_close(&place);
    return error;
}

/* ----------------------------------------------------------------- backups */

/* Copy, approve, sync, and only then give the file its name. */
static enum tokenstore_error copy_to(struct database *database,
                                     const struct place *target, int fd,
                                     database_function *approve,
                                     void *argument) {
    struct database_view view = {.complaint = &database->message,
                                 .path = database->path};
    struct place source;
    enum tokenstore_error error =
        place_open(&source, database->path, PLACE_STORE, &database->message);

    if (error == TOKENSTORE_OK)
        error = copy_consistently(&source, fd);
    place_close(&source);
    if (error == TOKENSTORE_OK)
        error = open_copy(&view, target->new_path, NULL);
    if (error == TOKENSTORE_OK)
        error = close_copy(&view, approve(&view, argument));
    if (error == TOKENSTORE_OK &&
        (!safepath_give(fd, target->owner) || fsync(fd) != 0))
        error =
            complain_errno(&database->message, errno, target->path, "write");
    if (error == TOKENSTORE_OK &&
        linkat(target->directory, target->new_name, target->directory,
               target->name, 0) != 0)
        error =
            complain_errno(&database->message, errno, target->path, "create");
    return error;
}

enum tokenstore_error database_copy(struct database *database,
                                    const char *file,
                                    database_function *approve,
                                    void *argument) {
    struct place target;
    struct stat status;
    enum tokenstore_error error =
        place_open(&target, file, PLACE_SOURCE, &database->message);
    int fd = -1;

    if (error == TOKENSTORE_OK && fstatat(target.directory, target.name,
                                          &status, AT_SYMLINK_NOFOLLOW) == 0)
        error =
            complain(&database->message, TOKENSTORE_ERROR_EXISTS,
                     "%s: exists already; a backup never overwrites", file);
    if (error == TOKENSTORE_OK) {
        /* No lock here, so a name of our own. */
        snprintf(target.new_name, sizeof target.new_name, "%.200s.%ld.new",
                 target.name, (long)getpid());
        snprintf(target.new_path, sizeof target.new_path, "%.*s.%ld.new",
                 PATH_MAX - 32, file, (long)getpid());
        fd = openat(target.directory, target.new_name,
                    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
            error = complain_errno(&database->message, errno, target.new_path,
                                   "create");
    }
    if (fd >= 0) {
        error = copy_to(database, &target, fd, approve, argument);
        unlinkat(target.directory, target.new_name, 0);
        if (error == TOKENSTORE_OK) {
            error = place_sync(&target);
            if (error != TOKENSTORE_OK)
                unlinkat(target.directory, target.name, 0);
        }
        close(fd);
    }
    place_close(&target);
    return error;
}
