/*
 * copy.c - whole files: private copies, backups, new files, replacement.
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
static enum tokenstore_error copy_file(const struct location *location,
                                       int to) {
    struct stat judged, status;
    enum tokenstore_error error = location_file(location, &judged);
    int from;

    if (error != TOKENSTORE_OK)
        return error;
    error = turn_enter(&location->deadline, location->message);
    if (error != TOKENSTORE_OK)
        return error;
    from = openat(location->directory, location->name,
                  O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (from < 0 || fstat(from, &status) != 0 ||
        status.st_ino != judged.st_ino || !copy_bytes(from, to))
        error = message_set_errno(location->message, errno, location->path,
                                  "copy");
    if (from >= 0)
        close(from);
    turn_leave();
    return error;
}

/* Copy without a lock, as any reader; where steady changes leave no gap that
 * is long enough, with the writer lock. */
static enum tokenstore_error copy_consistently(struct location *location,
                                               int to) {
    enum tokenstore_error error =
        lock_open(&location->lock, location->directory, location->lock_name,
                  false, location->owner, location->message);
    uint64_t count;

    if (error == TOKENSTORE_ERROR_MISSING) /* nobody ever changed it */
        return copy_file(location, to);
    for (int attempt = 0; attempt < 3 && error == TOKENSTORE_OK; attempt++) {
        enum tokenstore_error result;

        error = lock_read_begin(&location->lock, &location->deadline, &count,
                                location->message);
        if (error != TOKENSTORE_OK)
            return error;
        result = copy_file(location, to);
        if (lock_read_valid(&location->lock, count))
            return result; /* else its error is worth as little as its copy */
    }
    if (error == TOKENSTORE_OK)
        error = location_lock(location);
    if (error == TOKENSTORE_OK)
        error = copy_file(location, to);
    lock_close(&location->lock);
    return error;
}

/* Roll back, in a private copy, a change that was interrupted.  Not mapped:
 * where the file grows again, libtdb syncs more than it has mapped. */
static void recover_copy(struct view *view, const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return;
    if (tdb_tail_can_recover(fd) && tdb_tail_cut(fd) &&
        view_open(view, path, 0, TDB_NOMMAP, O_RDWR))
        view_close(view);
    close(fd);
}

/*
 * Open a private copy, read-only, which saves libtdb its locks.  It is no
 * store, so the mutex is needed around the open and the close alone, and mmap
 * is safe: nobody truncates it.
 */
static enum tokenstore_error open_copy(struct view *view, const char *path,
                                       bool *recovered) {
    struct deadline deadline = deadline_after(LOCATION_PATIENCE_MS);
    enum tokenstore_error error = turn_enter(&deadline, view->message);
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
    turn_leave();
    if (opened)
        return TOKENSTORE_OK;
    if (view_is_shortage(code))
        return message_set_errno(view->message, code, shown, "examine");
    if (code == ENOENT)
        return message_set(view->message, TOKENSTORE_ERROR_UNAVAILABLE,
                           "%s: cannot be examined without /proc", shown);
    return message_set(view->message, TOKENSTORE_ERROR_DAMAGED,
                       "%s: damaged, or not a token store", shown);
}

static enum tokenstore_error close_copy(struct view *view,
                                        enum tokenstore_error error) {
    struct deadline deadline = deadline_after(LOCATION_PATIENCE_MS);
    enum tokenstore_error entered = turn_enter(&deadline, view->message);

    if (entered == TOKENSTORE_OK) {
        view_close(view);
        turn_leave();
    }
    return error != TOKENSTORE_OK ? error : entered;
}

enum tokenstore_error file_snapshot(struct file *file,
                                    enum location_trust trust,
                                    view_function *function, void *argument,
                                    bool *recovered) {
    struct view view = {.message = &file->message, .path = file->path};
    char path[32];
    struct location location;
    enum tokenstore_error error =
        location_open(&location, file->path, trust, view.message);
    int fd = memfd_create("accesstoken-snapshot", MFD_CLOEXEC);

    if (error == TOKENSTORE_OK && fd < 0)
        error = message_set_errno(view.message, errno, "memfd", "create");
    if (error == TOKENSTORE_OK)
        error = copy_consistently(&location, fd);
    location_close(&location);
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

enum tokenstore_error view_fill_gaps(struct view *view, uint64_t *unused) {
    int fd = memfd_create("accesstoken-check", MFD_CLOEXEC);
    enum tokenstore_error error = TOKENSTORE_ERROR_DAMAGED;
    char path[32];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    errno = 0;
    if (fd < 0 || !copy_bytes(tdb_fd(view->tdb), fd) ||
        !tdb_tail_fill_gaps(fd, unused))
        error = errno == 0 ? error
                           : message_set_errno(view->message, errno,
                                               view->path, "examine");
    else
        error = close_copy(view, TOKENSTORE_OK);
    if (error == TOKENSTORE_OK)
        error = open_copy(view, path, NULL);
    if (fd >= 0)
        close(fd);
    return error;
}

struct visit {
    view_visitor *visitor;
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

enum tokenstore_error view_check(struct view *view, view_visitor *visit,
                                 void *argument) {
    struct visit state = {visit, argument, false};

    view_before(view);
    return view_result(view, tdb_check(view->tdb, visit_record, &state) == 0);
}

enum tokenstore_error view_traverse(struct view *view, view_visitor *visit,
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

enum tokenstore_error view_flush(struct view *view) {
    if (view_commit(view) != COMMIT_DONE)
        return view_cannot_commit(view);
    return view_begin(view);
}

/* Fill a new file and see it safe on disk, still under its temporary name. */
static enum tokenstore_error fill_file(struct location *location,
                                       uint64_t records, view_function *fill,
                                       void *argument) {
    struct view view = {.message = location->message};
    enum tokenstore_error error;
    int fd;

    /* A leftover of a build that was interrupted; the lock is ours. */
    if (unlinkat(location->directory, location->new_name, 0) != 0 &&
        errno != ENOENT)
        return message_set_errno(location->message, errno, location->new_path,
                                 "remove");
    /* mmap is safe here: nobody else knows the file yet. */
    if (!view_open(&view, location->new_path, hash_chains(records),
                   TDB_INCOMPATIBLE_HASH,
                   O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW))
        return message_set_errno(location->message, errno, location->new_path,
                                 "create");
    fd = tdb_fd(view.tdb);
    error = view_begin(&view);
    if (error == TOKENSTORE_OK)
        error = fill(&view, argument);
    if (error == TOKENSTORE_OK)
        error = view_flush(&view);
    tdb_transaction_cancel(view.tdb);
    if (error == TOKENSTORE_OK &&
        (!safepath_give(fd, location->owner) || fsync(fd) != 0))
        error = message_set_errno(location->message, errno, location->new_path,
                                  "write");
    view_close(&view);
    return error;
}

/* Give the new file the store's name.  A first store must not displace a
 * file that somebody else has just put there, so it is linked. */
static bool put_in_place(const struct location *location, enum build build) {
    switch (build) {
    case BUILD_FIRST:
        return linkat(location->directory, location->new_name,
                      location->directory, location->name, 0) == 0 &&
               unlinkat(location->directory, location->new_name, 0) == 0;
    case BUILD_REPLACEMENT:
        return renameat(location->directory, location->new_name,
                        location->directory, location->name) == 0;
    }
    return false;
}

enum tokenstore_error build_file(struct location *location, enum build build,
                                 uint64_t records, view_function *fill,
                                 void *argument) {
    enum tokenstore_error error = fill_file(location, records, fill, argument);
    bool done;

    if (error == TOKENSTORE_OK)
        error = lock_change_begin(&location->lock, location->message);
    if (error == TOKENSTORE_OK) {
        done = put_in_place(location, build);
        if (!done)
            error = message_set_errno(location->message, errno, location->path,
                                      "put in place");
        lock_change_end(&location->lock);
        if (done &&
            (build == BUILD_FIRST ? location_sync_all(location)
                                  : location_sync(location)) != TOKENSTORE_OK)
            error = message_set(location->message,
                                TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                                "%s: in place, but may be undone by a crash: "
                                "the directory cannot be synced",
                                location->path);
    }
    if (error != TOKENSTORE_OK)
        unlinkat(location->directory, location->new_name, 0);
    return error;
}

/* ------------------------------------------------------------- replacement */

static enum tokenstore_error open_current(struct location *location,
                                          struct view *view) {
    struct stat status;
    enum tokenstore_error error = location_file(location, &status);

    if (error != TOKENSTORE_OK ||
        view_open(view, location->path, 0, TDB_NOMMAP, O_RDONLY | O_NOFOLLOW))
        return error;
    /* An interrupted change is no reason to forget what was revoked. */
    error = recover_file(location);
    if (error == TOKENSTORE_OK &&
        !view_open(view, location->path, 0, TDB_NOMMAP, O_RDONLY | O_NOFOLLOW))
        error = message_set(location->message, TOKENSTORE_ERROR_DAMAGED,
                            "%s: damaged", location->path);
    return error;
}

enum tokenstore_error file_replace(struct file *file, uint64_t records,
                                   file_begin *begin, view_function *fill,
                                   void *argument) {
    struct view current = {.message = &file->message};
    struct location location;
    enum tokenstore_error why;
    enum tokenstore_error error =
        location_open_or_make(&location, file->path, &file->message);

    if (error == TOKENSTORE_OK)
        error = location_lock(&location);
    if (error == TOKENSTORE_OK)
        error = turn_enter(&location.deadline, &file->message);
    if (error == TOKENSTORE_OK) {
        why = open_current(&location, &current);
        error = begin(why == TOKENSTORE_OK ? &current : NULL, why, argument);
        if (error == TOKENSTORE_OK)
            error =
                build_file(&location,
                           why == TOKENSTORE_ERROR_MISSING ? BUILD_FIRST
                                                           : BUILD_REPLACEMENT,
                           records, fill, argument);
        view_close(&current);
        turn_leave();
    }
    location_close(&location);
    return error;
}

/* ----------------------------------------------------------------- backups */

/* Copy, approve, sync, and only then give the file its name. */
static enum tokenstore_error copy_to(struct file *file,
                                     const struct location *target, int fd,
                                     view_function *approve, void *argument) {
    struct view view = {.message = &file->message, .path = file->path};
    struct location source;
    enum tokenstore_error error =
        location_open(&source, file->path, LOCATION_STORE, &file->message);

    if (error == TOKENSTORE_OK)
        error = copy_consistently(&source, fd);
    location_close(&source);
    if (error == TOKENSTORE_OK)
        error = open_copy(&view, target->new_path, NULL);
    if (error == TOKENSTORE_OK)
        error = close_copy(&view, approve(&view, argument));
    if (error == TOKENSTORE_OK &&
        (!safepath_give(fd, target->owner) || fsync(fd) != 0))
        error =
            message_set_errno(&file->message, errno, target->path, "write");
    if (error == TOKENSTORE_OK &&
        linkat(target->directory, target->new_name, target->directory,
               target->name, 0) != 0)
        error =
            message_set_errno(&file->message, errno, target->path, "create");
    return error;
}

enum tokenstore_error file_backup(struct file *file, const char *to,
                                  view_function *approve, void *argument) {
    struct location target;
    struct stat status;
    enum tokenstore_error error =
        location_open(&target, to, LOCATION_SOURCE, &file->message);
    int fd = -1;

    if (error == TOKENSTORE_OK && fstatat(target.directory, target.name,
                                          &status, AT_SYMLINK_NOFOLLOW) == 0)
        error =
            message_set(&file->message, TOKENSTORE_ERROR_EXISTS,
                        "%s: exists already; a backup never overwrites", to);
    if (error == TOKENSTORE_OK) {
        /* No lock here, so a name of our own. */
        snprintf(target.new_name, sizeof target.new_name, "%.200s.%ld.new",
                 target.name, (long)getpid());
        snprintf(target.new_path, sizeof target.new_path, "%.*s.%ld.new",
                 PATH_MAX - 32, to, (long)getpid());
        fd = openat(target.directory, target.new_name,
                    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
            error = message_set_errno(&file->message, errno, target.new_path,
                                      "create");
    }
    if (fd >= 0) {
        error = copy_to(file, &target, fd, approve, argument);
        unlinkat(target.directory, target.new_name, 0);
        if (error == TOKENSTORE_OK) {
            error = location_sync(&target);
            if (error != TOKENSTORE_OK)
                unlinkat(target.directory, target.name, 0);
        }
        close(fd);
    }
    location_close(&target);
    return error;
}
