/*
 * database.c - the tdb file: safe open, bounded waits, transactions.
 * With snapshot.c the only user of libtdb.  Must never wait without bound,
 * never change the file outside a transaction, never open it with O_CREAT,
 * and never let a doubtful read through.
 *
 * A read: note the counter (seqlock.c), open read-only, fetch, close, compare
 * the counter; changed means again.  A change: take the writer lock, mark,
 * open, unmark, begin, apply, mark, commit, unmark, close.  Recovery of an
 * interrupted change happens in tdb_open, inside the first mark.
 */
#include "database.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <tdb.h>
#include <unistd.h>

#include "bearer.h"
#include "place.h"
#include "view.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

/* At 4 GiB, tdb's own limit, even deletes would fail. */
uint64_t database_size_limit = UINT64_C(7) << 29; /* 3.5 GiB */

/* The room one change of one token can need: its parts, its index nodes. */
#define ROOM_FOR_A_CHANGE (64 * 1024)

/* ---------------------------------------------------------------- records */

struct value {
    uint8_t digest[BEARER_DIGEST_SIZE];
    uint8_t version;
    struct database_payload payload;
};

_Static_assert(sizeof(struct value) == DATABASE_VALUE_SIZE,
               "the layout on disk");

struct database_key database_key(char kind, uint8_t part, uint32_t number,
                                 uint64_t set) {
    struct database_key key = {{(uint8_t)kind, part}};
    uint32_t number_be = htobe32(number);
    uint64_t set_be = htobe64(set);

    memcpy(key.bytes + 4, &number_be, sizeof number_be);
    memcpy(key.bytes + 8, &set_be, sizeof set_be);
    return key;
}

/* Over the key too: a value that turns up under another key is damage. */
static void digest_value(const uint8_t *key, const struct value *value,
                         uint8_t digest[BEARER_DIGEST_SIZE]) {
    uint8_t data[DATABASE_KEY_SIZE + DATABASE_VALUE_SIZE - BEARER_DIGEST_SIZE];

    memcpy(data, key, DATABASE_KEY_SIZE);
    memcpy(data + DATABASE_KEY_SIZE, &value->version,
           DATABASE_VALUE_SIZE - BEARER_DIGEST_SIZE);
    bearer_digest("accesstoken-data", data, sizeof data, digest);
}

enum tokenstore_error database_judge(const uint8_t *key, size_t key_size,
                                     const uint8_t *bytes, size_t value_size) {
    uint8_t digest[BEARER_DIGEST_SIZE];
    struct value value;

    if (key_size != DATABASE_KEY_SIZE || value_size != sizeof value)
        return TOKENSTORE_ERROR_DAMAGED;
    memcpy(&value, bytes, sizeof value);
    digest_value(key, &value, digest);
    if (memcmp(digest, value.digest, sizeof digest) != 0)
        return TOKENSTORE_ERROR_DAMAGED;
    if (value.version > DATABASE_VERSION)
        return TOKENSTORE_ERROR_NEWER_FORMAT;
    return value.version == DATABASE_VERSION ? TOKENSTORE_OK
                                             : TOKENSTORE_ERROR_DAMAGED;
}

struct fetch {
    struct database_payload *payload;
    enum tokenstore_error error;
};

static int take_value(TDB_DATA key, TDB_DATA data, void *argument) {
    struct fetch *fetch = argument;

    fetch->error = database_judge(key.dptr, key.dsize, data.dptr, data.dsize);
    if (fetch->error == TOKENSTORE_OK)
        memcpy(fetch->payload, data.dptr + offsetof(struct value, payload),
               sizeof *fetch->payload);
    return 0;
}

static enum tokenstore_error tdb_failure(struct database_view *view) {
    switch (tdb_error(view->tdb)) {
    case TDB_ERR_NOEXIST:
        return TOKENSTORE_ERROR_NOT_FOUND;
    case TDB_ERR_OOM:
        return TOKENSTORE_ERROR_NO_MEMORY;
    case TDB_SUCCESS:
    case TDB_ERR_CORRUPT:
    case TDB_ERR_IO:
    case TDB_ERR_LOCK:
    case TDB_ERR_EXISTS:
    case TDB_ERR_NOLOCK:
    case TDB_ERR_LOCK_TIMEOUT:
    case TDB_ERR_EINVAL:
    case TDB_ERR_RDONLY:
    case TDB_ERR_NESTING:
        break;
    }
    return TOKENSTORE_ERROR_DAMAGED;
}

static TDB_DATA key_data(const struct database_key *key) {
    return (TDB_DATA){.dptr = (unsigned char *)(uintptr_t)key->bytes,
                      .dsize = sizeof key->bytes};
}

enum tokenstore_error database_fetch(struct database_view *view,
                                     const struct database_key *key,
                                     struct database_payload *payload) {
    struct fetch fetch = {payload, TOKENSTORE_ERROR_DAMAGED};
    enum tokenstore_error error = TOKENSTORE_OK;

    if (tdb_parse_record(view->tdb, key_data(key), take_value, &fetch) != 0)
        error = tdb_failure(view);
    else
        error = fetch.error;
    if (error == TOKENSTORE_ERROR_DAMAGED)
        complain(view->complaint, error,
                 "%s: damaged (record %c %02x%02x%02x%02x); run: accesstoken "
                 "check, then restore a backup",
                 view->path, key->bytes[0], key->bytes[4], key->bytes[5],
                 key->bytes[6], key->bytes[7]);
    else if (error == TOKENSTORE_ERROR_NEWER_FORMAT)
        complain(view->complaint, error,
                 "%s: written by a later version of accesstoken; upgrade "
                 "this one",
                 view->path);
    return error;
}

/* What a failed store or delete inside a transaction means. */
static enum tokenstore_error change_failure(struct database_view *view) {
    enum tokenstore_error error = tdb_failure(view);

    if (error != TOKENSTORE_ERROR_DAMAGED)
        return error;
    return complain(view->complaint, TOKENSTORE_ERROR_IO,
                    "%s: cannot change it: %s", view->path,
                    tdb_errorstr(view->tdb));
}

enum tokenstore_error database_put(struct database_view *view,
                                   const struct database_key *key,
                                   const struct database_payload *payload) {
    struct value value = {.version = DATABASE_VERSION, .payload = *payload};
    TDB_DATA data = {.dptr = (unsigned char *)&value, .dsize = sizeof value};

    digest_value(key->bytes, &value, value.digest);
    if (tdb_store(view->tdb, key_data(key), data, TDB_REPLACE) != 0)
        return change_failure(view);
    return TOKENSTORE_OK;
}

enum tokenstore_error database_delete(struct database_view *view,
                                      const struct database_key *key) {
    if (tdb_delete(view->tdb, key_data(key)) != 0)
        return change_failure(view);
    return TOKENSTORE_OK;
}

enum tokenstore_error database_has_room(struct database_view *view) {
    if (tdb_map_size(view->tdb) + ROOM_FOR_A_CHANGE <= database_size_limit)
        return TOKENSTORE_OK;
    return complain(view->complaint, TOKENSTORE_ERROR_FULL,
                    "%s: full; revoke tokens that nobody uses", view->path);
}

struct complaint *database_complaint(struct database_view *view) {
    return view->complaint;
}

unsigned int database_attempt(const struct database_view *view) {
    return view->attempt;
}

/* ------------------------------------------------- one open at a time
 *
 * libtdb keeps a global list of open files and is not thread-safe; and any
 * close of the file drops every POSIX lock that the process has on it.  So
 * one mutex covers open .. close, across threads and fork.
 */
static pthread_mutex_t process_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t process_once = PTHREAD_ONCE_INIT;

static void before_fork(void) { pthread_mutex_lock(&process_mutex); }
static void after_fork(void) { pthread_mutex_unlock(&process_mutex); }

static void register_fork_handlers(void) {
    pthread_atfork(before_fork, after_fork, after_fork);
}

/* ThreadSanitizer does not know pthread_mutex_clocklock; tell it. */
static int lock_until(const struct timespec *time) {
    int result;

#ifdef __SANITIZE_THREAD__
    __tsan_mutex_pre_lock(&process_mutex, __tsan_mutex_try_lock);
#endif
    result = pthread_mutex_clocklock(&process_mutex, CLOCK_MONOTONIC, time);
#ifdef __SANITIZE_THREAD__
    __tsan_mutex_post_lock(
        &process_mutex,
        __tsan_mutex_try_lock |
            (result == 0 ? 0 : __tsan_mutex_try_lock_failed),
        0);
#endif
    return result;
}

enum tokenstore_error view_enter(const struct deadline *deadline,
                                 struct complaint *complaint) {
    pthread_once(&process_once, register_fork_handlers);
    if (lock_until(&deadline->time) == 0)
        return TOKENSTORE_OK;
    return complain(complaint, TOKENSTORE_ERROR_BUSY,
                    "another thread of this process holds the store");
}

void view_leave(void) { pthread_mutex_unlock(&process_mutex); }

/* ----------------------------------------------------------------- opening */

/* libtdb turns this variable into TDB_NOSYNC, also for the recovery that it
 * does within tdb_open, where nothing can clear the flag in time. */
static bool syncing_is_switched_off(void) {
    return getenv("TDB_NO_FSYNC") != NULL;
}

bool view_open(struct database_view *view, const char *path, int hash_size,
               int tdb_flags, int flags) {
    errno = 0;
    view->path = path;
    view->tdb = tdb_open(path, hash_size, tdb_flags | TDB_DISALLOW_NESTING,
                         flags | O_CLOEXEC, 0600);
    if (view->tdb == NULL)
        return false;
    tdb_remove_flags(view->tdb, TDB_NOSYNC);
    /* libtdb divides by this number from the file's header. */
    if (tdb_hash_size(view->tdb) > 0)
        return true;
    view_close(view);
    errno = EIO;
    return false;
}

void view_close(struct database_view *view) {
    if (view->tdb != NULL)
        tdb_close(view->tdb);
    view->tdb = NULL;
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
 * until there is none.  Closing drops POSIX locks, but nobody in this process
 * has any: this is under the mutex and the writer lock.
 */
static enum tokenstore_error wait_for_strangers(const struct place *place) {
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
        error = wait_for_strangers(place);
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
        if (errno == ENOMEM || errno == EMFILE || errno == ENFILE)
            return complain_errno(place->complaint, errno, place->path,
                                  "open");
        /* Another copy of this library, in this process, is reading. */
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

/* A lone file, such as a backup, has no lock file until its first change. */
static enum tokenstore_error open_lock(struct place *place) {
    enum tokenstore_error error =
        seqlock_open(&place->lock, place->directory, place->lock_name, false,
                     place->owner, place->complaint);

    return error == TOKENSTORE_ERROR_MISSING ? TOKENSTORE_OK : error;
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
                        "%s: a change was interrupted; any accesstoken "
                        "command, run as root, recovers it",
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
        if (errno != ENOMEM && errno != EMFILE && errno != ENFILE &&
            errno != EACCES)
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

/*
 * After a failed commit, libtdb's close would declare the half-written file
 * good.  Point its descriptor elsewhere first, then reopen: that rolls back.
 */
static enum tokenstore_error abandon(const struct place *place,
                                     struct database_view *view) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    /* Without /dev/null: any descriptor that cannot be written to the store
     * will do, and the directory's is one. */
    dup2(null >= 0 ? null : place->directory, tdb_fd(view->tdb));
    if (null >= 0)
        close(null);
    view_close(view);
    if (open_for_change(place, view) != TOKENSTORE_OK)
        return complain(place->complaint, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                        "%s: writing failed, and the file cannot be opened "
                        "again; whether the change stands is not known",
                        place->path);
    view_close(view);
    return complain(place->complaint, TOKENSTORE_ERROR_IO,
                    "%s: cannot write (is the disk full?); nothing was "
                    "changed",
                    place->path);
}

enum committed view_commit(struct database_view *view) {
    static unsigned char nothing[] = "-";
    TDB_DATA no_key = {.dptr = nothing, .dsize = 1};

    if (tdb_transaction_prepare_commit(view->tdb) != 0)
        return COMMIT_FAILED;
    /* libtdb leaves TDB_ERR_IO behind even where all is well; a look-up that
     * finds nothing replaces it, so that what commit leaves means something.
     */
    tdb_exists(view->tdb, no_key);
    if (tdb_transaction_commit(view->tdb) != 0)
        return COMMIT_FAILED;
    return tdb_error(view->tdb) == TDB_ERR_IO ? COMMIT_DOUBTFUL : COMMIT_DONE;
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
    if (tdb_transaction_start(view->tdb) != 0) {
        error = change_failure(view);
    } else {
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
        place_open(&place, database->path, PLACE_STORE, view.complaint);

    if (error == TOKENSTORE_ERROR_MISSING && initialise != NULL) {
        error = place_make_directory(database->path, view.complaint);
        place_close(&place);
        if (error == TOKENSTORE_OK)
            error = place_open(&place, database->path, PLACE_STORE,
                               view.complaint);
    }
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
