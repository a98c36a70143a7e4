/*
 * tdb.h - an open tdb file: opening it, its records, its transaction.
 *
 * Every function that returns an error also writes the message, except for
 * NOT_FOUND, and except where it says otherwise.
 */
#ifndef TOKENSTORE_FILE_TDB_H
#define TOKENSTORE_FILE_TDB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "tokenstore/format/value.h"
#include "tokenstore/values/message.h"

struct tdb_context;

/* The file while it is open.  A callback gets one, and must not keep it. */
struct view {
    struct tdb_context *tdb; /* NULL: closed */
    const char *path;        /* for messages */
    struct message *message;
    unsigned int attempt;          /* see view_attempt() */
    enum tokenstore_error trouble; /* met by libtdb in the last call, if any */
    unsigned int mark;             /* see view_mark() */
    bool committing;
    int elsewhere; /* see view_cut_off(); 0: nowhere */
};

/* What to run on an open file.  The argument is the caller's own. */
typedef enum tokenstore_error view_function(struct view *view, void *argument);

/* The size in bytes above which creates are refused; a variable for tests. */
extern uint64_t view_size_limit;

/* ------------------------------------------------------------- the records */

/* Read a record: NOT_FOUND, DAMAGED (wrong size or checksum), NEWER_FORMAT,
 * NO_MEMORY. */
enum tokenstore_error view_fetch(struct view *view,
                                 const struct value_key *key,
                                 struct value_payload *payload);

/* Inside a transaction: put a record, whether it exists or not; add one, which
 * is DAMAGED if it exists; delete one, which may be NOT_FOUND. */
typedef enum tokenstore_error view_store(struct view *view,
                                         const struct value_key *key,
                                         const struct value_payload *payload);
view_store view_put, view_add;
enum tokenstore_error view_delete(struct view *view,
                                  const struct value_key *key);

/* FULL if one more token could take the file past view_size_limit. */
enum tokenstore_error view_has_room(struct view *view);

/*
 * A number that changes with every record put or deleted, and with every
 * failure of libtdb: while it is the same, so is the transaction.
 */
unsigned int view_mark(const struct view *view);

/*
 * How often this read has been tried before, from 0.  A read whose result was
 * discarded because of a writer is called again, and should read less then.
 */
unsigned int view_attempt(const struct view *view);

/* The message to write into from inside a callback, and the path to begin it
 * with. */
struct message *view_message(struct view *view);
const char *view_path(const struct view *view);

/* ------------------------------------------------------ calls of libtdb */

/* Call this before a function of libtdb that can fail ... */
void view_before(struct view *view);

/* ... and this after it: NOT_FOUND only if a record is not there, NO_MEMORY,
 * else DAMAGED.  Writes no message. */
enum tokenstore_error view_result(struct view *view, bool success);

/* Does this errno speak of memory or descriptors, and not of the file? */
bool view_is_shortage(int code);

/*
 * Open a file with tdb_open_ex().  Only under the mutex of turn.h.  Returns
 * false with errno, which libtdb leaves at 0 if the file needs recovery.
 * Writes no message.
 */
bool view_open(struct view *view, const char *path, int hash_size,
               int tdb_flags, int flags);

/* Close it, if it is open.  Only under the same mutex. */
void view_close(struct view *view);

/* Is the open file the one whose status was judged? */
bool view_is_file(const struct view *view, const struct stat *judged);

/* ------------------------------------------------------- the transaction */

enum tokenstore_error view_begin(struct view *view);

void view_cancel(struct view *view);

/* Commit the transaction, and find out what came of it.  Writes no message. */
enum committed {
    COMMIT_DONE,
    COMMIT_FAILED,   /* the file may be half written until it is reopened */
    COMMIT_DOUBTFUL, /* written, but what could undo it may still be valid */
};
enum committed view_commit(struct view *view);

/*
 * Take the file away from libtdb: the descriptor "elsewhere", which cannot be
 * written, takes the place of the file's.  After a failure in a commit, libtdb
 * goes on writing and may declare a half-written file good.  view_commit()
 * does this as soon as libtdb reports a failure; do it again before closing.
 */
void view_cut_off(struct view *view);

/* The error and the message for a commit that failed. */
enum tokenstore_error view_cannot_commit(struct view *view);

#endif
