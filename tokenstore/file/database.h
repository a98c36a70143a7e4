/*
 * database.h - the tdb file inside libtokenstore.  See database.c.
 */
#ifndef TOKENSTORE_FILE_DATABASE_H
#define TOKENSTORE_FILE_DATABASE_H

#include <limits.h>

#include "tokenstore/file/location.h"
#include "tokenstore/tokenstore.h"

/* One key size and one value size for every record: values of varying size
 * fragment a tdb badly. */
#define DATABASE_KEY_SIZE 16
#define DATABASE_VALUE_SIZE 256
#define DATABASE_PAYLOAD_SIZE 239 /* a value less checksum and version */
#define DATABASE_VERSION TOKENSTORE_FORMAT

/* Room for changes of this many tokens in a transaction. */
#define DATABASE_BATCH 1000

struct database_key {
    uint8_t bytes[DATABASE_KEY_SIZE];
};

struct database_payload {
    uint8_t bytes[DATABASE_PAYLOAD_SIZE];
};

/* A place on disk.  Holds nothing open. */
struct database {
    char path[PATH_MAX];      /* absolute */
    struct complaint message; /* about the last failure */
};

/* The file while it is open: what the callbacks below work on. */
struct database_view;

/* The sizes above which creates are refused; variables for the tests. */
extern uint64_t database_size_limit;

struct database_key database_key(char kind, uint8_t part, uint32_t number,
                                 uint64_t set);

/* NOT_FOUND, DAMAGED (wrong size or checksum), NEWER_FORMAT, IO. */
enum tokenstore_error database_fetch(struct database_view *view,
                                     const struct database_key *key,
                                     struct database_payload *payload);
/* Only inside database_write and database_replace.  Put a record, whether it
 * is there or not; add one, which is DAMAGED where it is there already. */
typedef enum tokenstore_error
database_store(struct database_view *view, const struct database_key *key,
               const struct database_payload *payload);
database_store database_put, database_add;
enum tokenstore_error database_delete(struct database_view *view,
                                      const struct database_key *key);

/* FULL where a record more could take the file past the limit. */
enum tokenstore_error database_has_room(struct database_view *view);

/*
 * A number that changes with every record put or deleted, and with every
 * failure of libtdb: while it stays, so does the transaction.
 */
unsigned int database_mark(const struct database_view *view);

/* The message to write into, from inside a callback, and the path to begin
 * it with. */
struct complaint *database_complaint(struct database_view *view);
const char *database_path(const struct database_view *view);

/*
 * How often this read has been tried before, from 0: a reader whose result
 * was discarded because of a writer is called again, and does well to read
 * less at a time.
 */
unsigned int database_attempt(const struct database_view *view);

typedef enum tokenstore_error database_function(struct database_view *view,
                                                void *argument);

/*
 * Run a function on a consistent state of the store.  It may be called
 * several times, and must forget what it read the time before.  Takes no
 * lock that a writer could wait for.
 */
enum tokenstore_error database_read(struct database *database,
                                    database_function *function,
                                    void *argument);

/*
 * Run a function in a transaction, alone; its failure cancels.  Called once.
 * Where the store is missing and "initialise" is given, the store is made
 * first, with what that function puts into it.
 */
enum tokenstore_error database_write(struct database *database,
                                     database_function *initialise,
                                     database_function *function,
                                     void *argument);

/* ------------------------------------------------ whole files (snapshot.c) */

/*
 * Run a function on a private copy in memory of the whole file, in one
 * consistent state.  Opening the copy rolls back a change that was
 * interrupted; *recovered says whether there was one (it may be NULL).
 */
enum tokenstore_error database_snapshot(struct database *database,
                                        enum place_trust trust,
                                        database_function *function,
                                        void *argument, bool *recovered);

/*
 * Run libtdb's own check on a snapshot, with a function for every key and
 * value; DAMAGED when tdb finds fault or the function returns false.
 */
typedef bool database_visitor(const uint8_t *key, size_t key_size,
                              const uint8_t *value, size_t value_size,
                              void *argument);
enum tokenstore_error database_check(struct database_view *view,
                                     database_visitor *visit, void *argument);

/*
 * Replace a snapshot by a copy of it in which space that no record and no list
 * refers to is free space: what is left of a change that was interrupted while
 * the file grew.  DAMAGED, and the snapshot as it was, where that is not all.
 */
enum tokenstore_error database_fill_gaps(struct database_view *view,
                                         uint64_t *unused);

/* Every key and value of a snapshot, in no order; the function may fetch.
 * DAMAGED when libtdb cannot go on or the function returns false. */
enum tokenstore_error database_traverse(struct database_view *view,
                                        database_visitor *visit,
                                        void *argument);

/* Judge a key and value that a visitor was given: OK, DAMAGED, NEWER_FORMAT.
 */
enum tokenstore_error database_judge(const uint8_t *key, size_t key_size,
                                     const uint8_t *value, size_t value_size);

/*
 * Write a copy in one consistent state to a new file, 0600, that appears
 * only when it is complete and "approve" has returned OK for it.
 */
enum tokenstore_error database_copy(struct database *database,
                                    const char *file,
                                    database_function *approve,
                                    void *argument);

/*
 * Replace the store, or make it where there is none, by a new file with room
 * for so many records, alone and atomically:
 *   begin  sees the current store, or NULL and why it cannot be opened
 *          (MISSING included); anything but OK ends the replacement
 *   fill   puts the content into the new file, with a database_flush() at
 *          least every DATABASE_BATCH tokens; the view that begin saw is
 *          still open
 */
typedef enum tokenstore_error database_begin(struct database_view *current,
                                             enum tokenstore_error why,
                                             void *argument);
enum tokenstore_error database_replace(struct database *database,
                                       uint64_t records, database_begin *begin,
                                       database_function *fill,
                                       void *argument);
enum tokenstore_error database_flush(struct database_view *view);

#endif
