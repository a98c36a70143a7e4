/*
 * copy.c - private copies of a whole store, and going through one.  Must never
 * write to the file of a store.
 */
#include "tokenstore/file/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <tdb.h>
#include <unistd.h>

#include "tokenstore/file/tdb_recovery.h"
#include "tokenstore/file/tdb_tail.h"
#include "tokenstore/file/turn.h"
#include "tokenstore/host/safepath.h"

/* ------------------------------------------------------------------ copies */

static bool write_all(int to, const char *bytes, ssize_t length,
                      off_t offset) {
    for (ssize_t done = 0; done < length;) {
        ssize_t written =
            pwrite(to, bytes + done, (size_t)(length - done), offset + done);

        if (written < 0)
            return false;
        done += written;
    }
    return true;
}

/* False with errno. */
static bool copy_bytes(int from, int to) {
    static const size_t chunk = 256 * 1024;
    char *buffer = malloc(chunk);
    off_t offset = 0;
    ssize_t length = -1;

    if (buffer != NULL && ftruncate(to, 0) == 0)
        while ((length = pread(from, buffer, chunk, offset)) > 0 &&
               write_all(to, buffer, length, offset))
            offset += length;
    free(buffer);
    return length == 0;
}

/* Copy the bytes of the file as they are, so that damage is copied too.  In
 * the turn of the process: the close would drop the locks of a writer. */
static enum tokenstore_error copy_file(const struct location *location,
                                       int to) {
    int from = openat(location->directory, location->name,
                      O_RDONLY | O_NOFOLLOW | SAFEPATH_OPEN);
    struct stat status;
    enum tokenstore_error error = location_opened(location, from, &status);

    if (error == TOKENSTORE_OK && !copy_bytes(from, to))
        error = message_set_errno(location->message, errno, location->path,
                                  "copy");
    if (from >= 0)
        close(from);
    return error;
}

/* Copies without a lock, as any reader; with the writer lock if steady changes
 * leave no gap that is long enough. */
static enum tokenstore_error copy_store(struct location *location, int to) {
    enum tokenstore_error error = location_open_lock(location);
    uint64_t count;

    for (int attempt = 0; attempt < 3 && error == TOKENSTORE_OK; attempt++) {
        enum tokenstore_error result;

        error = lock_read_begin(&location->lock, &location->deadline, &count,
                                location->message);
        if (error == TOKENSTORE_OK)
            error = turn_enter(&location->deadline, location->message);
        if (error != TOKENSTORE_OK)
            return error;
        result = copy_file(location, to);
        turn_leave();
        if (lock_read_valid(&location->lock, count))
            return result; /* else its error means as little as its copy */
    }
    if (error == TOKENSTORE_OK)
        error = location_lock(location);
    if (error != TOKENSTORE_OK)
        return error;
    error = copy_file(location, to);
    location_unlock(location);
    return error;
}

void copy_path(int fd, char path[COPY_PATH_SIZE]) {
    snprintf(path, COPY_PATH_SIZE, "/proc/self/fd/%d", fd);
}

/* Undo an interrupted change in a private copy.  Not mapped: if the file grows
 * again, libtdb syncs more than it has mapped. */
static void recover_copy(struct view *view, const char *path) {
    int fd = open(path, O_RDWR | SAFEPATH_OPEN);

    if (fd < 0)
        return;
    if (tdb_recovery_is_sound(fd) && tdb_tail_cut(fd) &&
        view_open(view, path, 0, TDB_NOMMAP, O_RDWR))
        view_close(view);
    close(fd);
}

/* Read-only, so that libtdb takes no locks.  A copy is no store: the mutex is
 * needed around the open and the close only, and mmap is safe, since nobody
 * truncates the file. */
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

/* Returns the given error, or, if that is OK, its own. */
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

enum tokenstore_error copy_run(int fd, struct view *view,
                               view_function *function, void *argument,
                               bool *recovered) {
    char path[COPY_PATH_SIZE];
    enum tokenstore_error error;

    copy_path(fd, path);
    error = open_copy(view, path, recovered);
    return error == TOKENSTORE_OK ? close_copy(view, function(view, argument))
                                  : error;
}

enum tokenstore_error copy_to(struct file *file, enum location_trust trust,
                              int fd, view_function *function, void *argument,
                              bool *recovered) {
    struct view view = {.message = &file->message, .path = file->path};
    struct location location;
    enum tokenstore_error error =
        location_open(&location, file->path, trust, view.message);

    if (error == TOKENSTORE_OK)
        error = copy_store(&location, fd);
    location_close(&location);
    return error == TOKENSTORE_OK
               ? copy_run(fd, &view, function, argument, recovered)
               : error;
}

enum tokenstore_error file_snapshot(struct file *file,
                                    enum location_trust trust,
                                    view_function *function, void *argument,
                                    bool *recovered) {
    enum tokenstore_error error;
    int fd = memfd_create("accesstoken-snapshot", MFD_CLOEXEC);

    if (fd < 0)
        return message_set_errno(&file->message, errno, "memfd", "create");
    error = copy_to(file, trust, fd, function, argument, recovered);
    close(fd);
    return error;
}

enum tokenstore_error copy_fill_gaps(struct view *view, uint64_t *unused) {
    enum tokenstore_error error = TOKENSTORE_ERROR_DAMAGED;
    char path[COPY_PATH_SIZE];
    int fd;

    errno = 0; /* stays 0 if the file itself is at fault */
    fd = memfd_create("accesstoken-check", MFD_CLOEXEC);
    copy_path(fd, path);
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
    copy_visitor *visitor;
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

enum tokenstore_error copy_check(struct view *view, copy_visitor *visit,
                                 void *argument) {
    struct visit state = {visit, argument, false};

    view_before(view);
    return view_result(view, tdb_check(view->tdb, visit_record, &state) == 0);
}

enum tokenstore_error copy_traverse(struct view *view, copy_visitor *visit,
                                    void *argument) {
    struct visit state = {visit, argument, false};

    view_before(view);
    return view_result(
        view, tdb_traverse_read(view->tdb, traverse_record, &state) >= 0 &&
                  !state.stopped);
}
