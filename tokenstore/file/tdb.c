/*
 * tdb.c - an open tdb file: opening it, its records, its transaction.
 * Must never hand out a value whose checksum is wrong, and must never take a
 * look-up that failed for a record that is not there.
 */
#include "tokenstore/file/tdb.h"

#include <errno.h>
#include <fcntl.h>
#include <tdb.h>
#include <unistd.h>

#include "tokenstore/host/safepath.h"

/* At 4 GiB, tdb's own limit, even deletes would fail. */
uint64_t view_size_limit = UINT64_C(7) << 29; /* 3.5 GiB */

/* The room that one change of one token can need: its parts, its index nodes.
 */
#define ROOM_FOR_A_CHANGE (64 * 1024)

/* ------------------------------------------------- what a call came to
 *
 * To libtdb, a look-up that fails (no memory, a broken chain, the file too
 * short) is a record that is not there, and it stores and deletes accordingly.
 * What it logs meanwhile tells the two apart.
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
    /* Not tdb_error(): TDB_ERR_OOM is also its name for a full disk. */
    if (view->trouble == TOKENSTORE_OK)
        view->trouble = errno == ENOMEM ? TOKENSTORE_ERROR_NO_MEMORY
                                        : TOKENSTORE_ERROR_DAMAGED;
    if (view->committing)
        view_cut_off(view);
}

void view_cut_off(struct view *view) {
    const int code = errno;

    if (view->elsewhere > 0)
        dup3(view->elsewhere, tdb_fd(view->tdb), O_CLOEXEC);
    errno = code;
}

static enum tokenstore_error failure(const struct view *view) {
    if (view->trouble != TOKENSTORE_OK)
        return view->trouble;
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

void view_before(struct view *view) {
    view->trouble = TOKENSTORE_OK;
    errno = 0;
}

/* Inside a transaction, libtdb does not even log an allocation that failed,
 * and the commit would report it as a failure of the disk: look at errno. */
enum tokenstore_error view_result(struct view *view, bool success) {
    enum tokenstore_error error;

    if (errno == ENOMEM)
        view->trouble = TOKENSTORE_ERROR_NO_MEMORY;
    if (success && view->trouble == TOKENSTORE_OK)
        return TOKENSTORE_OK;
    error = failure(view);
    if (error != TOKENSTORE_ERROR_NOT_FOUND)
        view->mark++;
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

/* ------------------------------------------------------------- the records */

static TDB_DATA key_data(const struct value_key *key) {
    return (TDB_DATA){.dptr = (unsigned char *)(uintptr_t)key->bytes,
                      .dsize = sizeof(key->bytes)};
}

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
    if (!stored && view->trouble == TOKENSTORE_OK &&
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
                       "%s: full; revoke tokens that are not needed any more",
                       view->path);
}

unsigned int view_mark(const struct view *view) { return view->mark; }

unsigned int view_attempt(const struct view *view) { return view->attempt; }

struct message *view_message(struct view *view) {
    return view->message;
}

const char *view_path(const struct view *view) { return view->path; }

/* --------------------------------------------------------- open and close */

bool view_is_shortage(int code) {
    return code == ENOMEM || code == EMFILE || code == ENFILE;
}

bool view_open(struct view *view, const char *path, int hash_size,
               int tdb_flags, int flags) {
    struct tdb_logging_context log = {note_trouble, view};

    view_before(view);
    view->path = path;
    view->tdb = tdb_open_ex(path, hash_size, tdb_flags | TDB_DISALLOW_NESTING,
                            flags | SAFEPATH_OPEN, 0600, &log, NULL);
    if (view->tdb == NULL) {
        if (view->trouble == TOKENSTORE_ERROR_NO_MEMORY)
            errno = ENOMEM;
        return false;
    }
    tdb_remove_flags(view->tdb, TDB_NOSYNC);
    /* Some versions of libtdb divide by this number, unseen, from the file. */
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

bool view_is_file(const struct view *view, const struct stat *judged) {
    struct stat status;

    return fstat(tdb_fd(view->tdb), &status) == 0 &&
           status.st_dev == judged->st_dev && status.st_ino == judged->st_ino;
}

/* --------------------------------------------------------- the transaction */

enum tokenstore_error view_begin(struct view *view) {
    view_before(view);
    return change_result(view, tdb_transaction_start(view->tdb) == 0);
}

void view_cancel(struct view *view) { tdb_transaction_cancel(view->tdb); }

static enum committed try_to_commit(struct view *view) {
    static unsigned char nothing[] = "-";
    TDB_DATA no_key = {.dptr = nothing, .dsize = 1};

    view_before(view);
    if (view_result(view, tdb_transaction_prepare_commit(view->tdb) == 0) !=
        TOKENSTORE_OK)
        return COMMIT_FAILED;
    /* libtdb leaves TDB_ERR_IO here even if all is well.  A look-up that finds
     * nothing replaces it, so that what the commit leaves has a meaning. */
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
    if (failure(view) == TOKENSTORE_ERROR_NO_MEMORY)
        return message_set_errno(view->message, ENOMEM, view->path, "write");
    return message_set(view->message, TOKENSTORE_ERROR_IO,
                       "%s: cannot write (is the disk full?); nothing was "
                       "changed",
                       view->path);
}
