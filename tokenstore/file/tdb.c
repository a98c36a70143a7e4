/*
 * tdb.c - an open tdb file: opening and closing it, its keys and values.
 * Must never hand out a value whose checksum is wrong, and never let two
 * threads of a process into libtdb's open list.
 */
#include "tokenstore/file/tdb.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

/* At 4 GiB, tdb's own limit, even deletes would fail. */
uint64_t view_size_limit = UINT64_C(7) << 29; /* 3.5 GiB */

/* The room one change of one token can need: its parts, its index nodes. */
#define ROOM_FOR_A_CHANGE (64 * 1024)

struct fetch {
    struct value_payload *payload;
    enum tokenstore_error error;
};

static int take_value(TDB_DATA key, TDB_DATA data, void *argument) {
    struct fetch *fetch = argument;

    fetch->error = value_decode(key.dptr, key.dsize, data.dptr, data.dsize,
                                fetch->payload);
    return 0;
}

/*
 * A look-up that fails (no memory, a broken chain, the file too short) is to
 * libtdb a record that is not there, and it stores and deletes accordingly.
 * What it logs tells the difference.
 */
static void note_trouble(struct tdb_context *tdb, enum tdb_debug_level level,
                         const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void note_trouble(struct tdb_context *tdb, enum tdb_debug_level level,
                         const char *format, ...) {
    struct view *view = tdb_get_logging_private(tdb);

    (void)format;
    if (level > TDB_DEBUG_ERROR)
        return;
    /* TDB_ERR_OOM is also what a full disk is called. */
    if (view->trouble == TDB_SUCCESS)
        view->trouble = errno == ENOMEM ? TDB_ERR_OOM : TDB_ERR_CORRUPT;
    if (view->committing)
        view_cut_off(view);
}

void view_cut_off(struct view *view) {
    const int code = errno;

    if (view->elsewhere > 0)
        dup3(view->elsewhere, tdb_fd(view->tdb), O_CLOEXEC);
    errno = code;
}

enum tokenstore_error view_failure(const struct view *view) {
    switch (view->trouble != TDB_SUCCESS ? view->trouble
                                         : tdb_error(view->tdb)) {
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

void view_before(struct view *view) {
    view->trouble = TDB_SUCCESS;
    errno = 0;
}

/* Inside a transaction, not even the log tells of an allocation that failed;
 * the commit would, as a failure of the disk. */
enum tokenstore_error view_result(struct view *view, bool success) {
    enum tokenstore_error error;

    if (errno == ENOMEM)
        view->trouble = TDB_ERR_OOM;
    if (success && view->trouble == TDB_SUCCESS)
        return TOKENSTORE_OK;
    error = view_failure(view);
    if (error != TOKENSTORE_ERROR_NOT_FOUND)
        view->mark++;
    return error;
}

static TDB_DATA key_data(const struct value_key *key) {
    return (TDB_DATA){.dptr = (unsigned char *)(uintptr_t)key->bytes,
                      .dsize = sizeof key->bytes};
}

enum tokenstore_error view_fetch(struct view *view,
                                 const struct value_key *key,
                                 struct value_payload *payload) {
    struct fetch fetch = {payload, TOKENSTORE_ERROR_DAMAGED};
    enum tokenstore_error error;

    view_before(view);
    error = view_result(view, tdb_parse_record(view->tdb, key_data(key),
                                               take_value, &fetch) == 0);
    if (error == TOKENSTORE_OK)
        error = fetch.error;
    if (error == TOKENSTORE_ERROR_DAMAGED)
        message_set(
            view->message, error,
            "%s: damaged (record %c %08x); run: accesstoken check, then "
            "restore a backup",
            view->path, key->bytes[0],
            (unsigned int)value_key_number(key->bytes));
    else if (error == TOKENSTORE_ERROR_NEWER_FORMAT)
        message_set(view->message, error,
                    "%s: written by a later version of accesstoken; upgrade "
                    "this one",
                    view->path);
    return error;
}

/* What came of a store or delete inside a transaction. */
static enum tokenstore_error change_result(struct view *view, bool success) {
    enum tokenstore_error error = view_result(view, success);

    if (error != TOKENSTORE_ERROR_DAMAGED)
        return error;
    return message_set(view->message, TOKENSTORE_ERROR_IO,
                       "%s: cannot change it: %s", view->path,
                       tdb_errorstr(view->tdb));
}

static enum tokenstore_error store(struct view *view,
                                   const struct value_key *key,
                                   const struct value_payload *payload,
                                   int flag) {
    uint8_t value[VALUE_SIZE];
    TDB_DATA data = {.dptr = value, .dsize = sizeof(value)};
    bool stored;

    value_encode(key, payload, value);
    view->mark++;
    view_before(view);
    stored = tdb_store(view->tdb, key_data(key), data, flag) == 0;
    if (!stored && view->trouble == TDB_SUCCESS &&
        tdb_error(view->tdb) == TDB_ERR_EXISTS)
        return message_set(
            view->message, TOKENSTORE_ERROR_DAMAGED,
            "%s: damaged (a record that should be new is there); "
            "run: accesstoken check, then restore a backup",
            view->path);
    return change_result(view, stored);
}

enum tokenstore_error view_put(struct view *view, const struct value_key *key,
                               const struct value_payload *payload) {
    return store(view, key, payload, TDB_REPLACE);
}

enum tokenstore_error view_add(struct view *view, const struct value_key *key,
                               const struct value_payload *payload) {
    return store(view, key, payload, TDB_INSERT);
}

enum tokenstore_error view_delete(struct view *view,
                                  const struct value_key *key) {
    view->mark++;
    view_before(view);
    return change_result(view, tdb_delete(view->tdb, key_data(key)) == 0);
}

enum tokenstore_error view_has_room(struct view *view) {
    if (tdb_map_size(view->tdb) + ROOM_FOR_A_CHANGE <= view_size_limit)
        return TOKENSTORE_OK;
    return message_set(view->message, TOKENSTORE_ERROR_FULL,
                       "%s: full; revoke tokens that nobody uses", view->path);
}

struct message *view_message(struct view *view) {
    return view->message;
}

unsigned int view_mark(const struct view *view) { return view->mark; }

const char *view_path(const struct view *view) { return view->path; }

unsigned int view_attempt(const struct view *view) { return view->attempt; }

/* ------------------------------------------------- one open at a time
 *
 * libtdb keeps a global list of open files and is not thread-safe; and any
 * close of the file drops every POSIX lock that the process has on it.  So
 * one mutex covers open .. close, across threads and fork.
 *
 * A process may have several copies of this library and one libtdb: the
 * module and libtokenstore.so, or a module that was replaced and is loaded by
 * another path as well.  They share the mutex, as a GNU unique symbol: the
 * dynamic linker has one of those in a process, even for what is otherwise
 * private to a module.  C has no word for it.  Its name and meaning stay the
 * same in every later version; zeroes are PTHREAD_MUTEX_INITIALIZER and
 * PTHREAD_ONCE_INIT.
 */
struct turn {
    pthread_mutex_t mutex;
    pthread_once_t once;
};

_Static_assert(sizeof(struct turn) <= 64, "as large as below");

extern struct turn tokenstore_turn __attribute__((visibility("default")));
__asm__(".pushsection .bss\n"
        ".balign 64\n"
        ".type tokenstore_turn, %gnu_unique_object\n"
        ".size tokenstore_turn, 64\n"
        "tokenstore_turn: .zero 64\n"
        ".popsection\n");

static void before_fork(void) { pthread_mutex_lock(&tokenstore_turn.mutex); }
static void after_fork(void) { pthread_mutex_unlock(&tokenstore_turn.mutex); }

/* Once in a process, not once a copy: the mutex is locked once. */
static void register_fork_handlers(void) {
    pthread_atfork(before_fork, after_fork, after_fork);
}

/* ThreadSanitizer does not know pthread_mutex_clocklock; tell it. */
static int lock_until(const struct deadline *deadline) {
    const struct timespec time = deadline_time(deadline);
    int result;

#ifdef __SANITIZE_THREAD__
    __tsan_mutex_pre_lock(&tokenstore_turn.mutex, __tsan_mutex_try_lock);
#endif
    result = pthread_mutex_clocklock(&tokenstore_turn.mutex, CLOCK_MONOTONIC,
                                     &time);
#ifdef __SANITIZE_THREAD__
    __tsan_mutex_post_lock(
        &tokenstore_turn.mutex,
        __tsan_mutex_try_lock |
            (result == 0 ? 0 : __tsan_mutex_try_lock_failed),
        0);
#endif
    return result;
}

enum tokenstore_error turn_enter(const struct deadline *deadline,
                                 struct message *message) {
    pthread_once(&tokenstore_turn.once, register_fork_handlers);
    if (lock_until(deadline) == 0)
        return TOKENSTORE_OK;
    return message_set(message, TOKENSTORE_ERROR_BUSY,
                       "another thread of this process holds the store");
}

void turn_leave(void) { pthread_mutex_unlock(&tokenstore_turn.mutex); }

/* ------------------------------------------------- open, commit, close */

bool view_is_shortage(int code) {
    return code == ENOMEM || code == EMFILE || code == ENFILE;
}

bool view_open(struct view *view, const char *path, int hash_size,
               int tdb_flags, int flags) {
    struct tdb_logging_context log = {note_trouble, view};

    view_before(view);
    view->path = path;
    view->tdb = tdb_open_ex(path, hash_size, tdb_flags | TDB_DISALLOW_NESTING,
                            flags | O_CLOEXEC, 0600, &log, NULL);
    if (view->tdb == NULL) {
        if (view->trouble == TDB_ERR_OOM)
            errno = ENOMEM;
        return false;
    }
    tdb_remove_flags(view->tdb, TDB_NOSYNC);
    /* Some versions of libtdb divide by this number from the file unseen. */
    if (tdb_hash_size(view->tdb) > 0)
        return true;
    view_close(view);
    errno = EIO;
    return false;
}

void view_close(struct view *view) {
    if (view->tdb != NULL)
        tdb_close(view->tdb);
    view->tdb = NULL;
}

enum tokenstore_error view_begin(struct view *view) {
    view_before(view);
    return change_result(view, tdb_transaction_start(view->tdb) == 0);
}

static enum committed try_to_commit(struct view *view) {
    static unsigned char nothing[] = "-";
    TDB_DATA no_key = {.dptr = nothing, .dsize = 1};

    view_before(view);
    if (view_result(view, tdb_transaction_prepare_commit(view->tdb) == 0) !=
        TOKENSTORE_OK)
        return COMMIT_FAILED;
    /* libtdb leaves TDB_ERR_IO behind even where all is well; a look-up that
     * finds nothing replaces it, so that what commit leaves means something.
     */
    tdb_exists(view->tdb, no_key);
    if (tdb_transaction_commit(view->tdb) != 0)
        return COMMIT_FAILED;
    return tdb_error(view->tdb) == TDB_ERR_IO ? COMMIT_DOUBTFUL : COMMIT_DONE;
}

enum committed view_commit(struct view *view) {
    enum committed committed;

    view->committing = true;
    committed = try_to_commit(view);
    view->committing = false;
    return committed;
}

enum tokenstore_error view_cannot_commit(struct view *view) {
    if (view_failure(view) == TOKENSTORE_ERROR_NO_MEMORY)
        return message_set_errno(view->message, ENOMEM, view->path, "write");
    return message_set(view->message, TOKENSTORE_ERROR_IO,
                       "%s: cannot write (is the disk full?); nothing was "
                       "changed",
                       view->path);
}
