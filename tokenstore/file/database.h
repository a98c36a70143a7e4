/*
 * database.h - the tdb file inside libtokenstore.  See database.c.
 */
#ifndef TOKENSTORE_FILE_DATABASE_H
#define TOKENSTORE_FILE_DATABASE_H

#include <limits.h>

#include "tokenstore/file/location.h"
#include "tokenstore/format/value.h"
#include "tokenstore/tokenstore.h"

/* Room for changes of this many tokens in a transaction. */
#define FILE_BATCH 1000

/* A place on disk.  Holds nothing open. */
struct file {
    char path[PATH_MAX];    /* absolute */
    struct message message; /* about the last failure */
};

/* The file while it is open: what the callbacks below work on. */
struct view;

/* The sizes above which creates are refused; variables for the tests. */
extern uint64_t view_size_limit;

/* NOT_FOUND, DAMAGED (wrong size or checksum), NEWER_FORMAT, IO. */
enum tokenstore_error view_fetch(struct view *view,
                                 const struct value_key *key,
                                 struct value_payload *payload);
/* Only inside file_write and file_replace.  Put a record, whether it
 * is there or not; add one, which is DAMAGED where it is there already. */
typedef enum tokenstore_error view_store(struct view *view,
                                         const struct value_key *key,
                                         const struct value_payload *payload);
view_store view_put, view_add;
enum tokenstore_error view_delete(struct view *view,
                                  const struct value_key *key);

/* FULL where a record more could take the file past the limit. */
enum tokenstore_error view_has_room(struct view *view);

/*
 * A number that changes with every record put or deleted, and with every
 * failure of libtdb: while it stays, so does the transaction.
 */
unsigned int view_mark(const struct view *view);

/* The message to write into, from inside a callback, and the path to begin
 * it with. */
struct message *view_message(struct view *view);
const char *view_path(const struct view *view);

/*
 * How often this read has been tried before, from 0: a reader whose result
 * was discarded because of a writer is called again, and does well to read
 * less at a time.
 */
unsigned int view_attempt(const struct view *view);

typedef enum tokenstore_error view_function(struct view *view, void *argument);

/*
 * Run a function on a consistent state of the store.  It may be called
 * several times, and must forget what it read the time before.  Takes no
 * lock that a writer could wait for.
 */
enum tokenstore_error file_read(struct file *file, view_function *function,
                                void *argument);

/*
 * Run a function in a transaction, alone; its failure cancels.  Called once.
 * Where the store is missing and "initialise" is given, the store is made
 * first, with what that function puts into it.
 */
enum tokenstore_error file_write(struct file *file, view_function *initialise,
                                 view_function *function, void *argument);

/* ------------------------------------------------ whole files (snapshot.c) */

/*
 * Run a function on a private copy in memory of the whole file, in one
 * consistent state.  Opening the copy rolls back a change that was
 * interrupted; *recovered says whether there was one (it may be NULL).
 */
enum tokenstore_error file_snapshot(struct file *file,
                                    enum location_trust trust,
                                    view_function *function, void *argument,
                                    bool *recovered);

/*
 * Run libtdb's own check on a snapshot, with a function for every key and
 * value; DAMAGED when tdb finds fault or the function returns false.
 */
typedef bool view_visitor(const uint8_t *key, size_t key_size,
                          const uint8_t *value, size_t value_size,
                          void *argument);
enum tokenstore_error view_check(struct view *view, view_visitor *visit,
                                 void *argument);

/*
 * Replace a snapshot by a copy of it in which space that no record and no list
 * refers to is free space: what is left of a change that was interrupted while
 * the file grew.  DAMAGED, and the snapshot as it was, where that is not all.
 */
enum tokenstore_error view_fill_gaps(struct view *view, uint64_t *unused);

/* Every key and value of a snapshot, in no order; the function may fetch.
 * DAMAGED when libtdb cannot go on or the function returns false. */
enum tokenstore_error view_traverse(struct view *view, view_visitor *visit,
                                    void *argument);

/*
 * Write a copy in one consistent state to a new file, 0600, that appears
 * only when it is complete and "approve" has returned OK for it.
 */
enum tokenstore_error file_backup(struct file *file, const char *to,
                                  view_function *approve, void *argument);

/*
 * Replace the store, or make it where there is none, by a new file with room
 * for so many records, alone and atomically:
 *   begin  sees the current store, or NULL and why it cannot be opened
 *          (MISSING included); anything but OK ends the replacement
 *   fill   puts the content into the new file, with a view_flush() at
 *          least every FILE_BATCH tokens; the view that begin saw is
 *          still open
 */
typedef enum tokenstore_error
file_begin(struct view *current, enum tokenstore_error why, void *argument);
enum tokenstore_error file_replace(struct file *file, uint64_t records,
                                   file_begin *begin, view_function *fill,
                                   void *argument);
enum tokenstore_error view_flush(struct view *view);

#endif
