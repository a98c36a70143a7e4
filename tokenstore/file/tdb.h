/*
 * tdb.h - an open tdb file: what database.c and snapshot.c work with.  See
 * view.c.  These three are the only users of libtdb.
 */
#ifndef TOKENSTORE_FILE_TDB_H
#define TOKENSTORE_FILE_TDB_H

#include <sys/types.h>
#include <tdb.h>

#include "tokenstore/file/database.h"
#include "tokenstore/file/location.h"

struct view {
    struct tdb_context *tdb;
    const char *path; /* for messages */
    struct message *message;
    unsigned int attempt;
    enum TDB_ERROR trouble; /* met by libtdb in the last call, if any */
    unsigned int mark;      /* see view_mark */
    bool committing;
    int elsewhere; /* see view_cut_off; 0: nowhere */
};

/* The process mutex, around every open .. close of a store's file. */
enum tokenstore_error turn_enter(const struct deadline *deadline,
                                 struct message *message);
void turn_leave(void);

/* Before a call of libtdb, and what came of it: NOT_FOUND only where a record
 * is not there, NO_MEMORY, else DAMAGED. */
void view_before(struct view *view);
enum tokenstore_error view_result(struct view *view, bool success);

/* The same for a call that failed. */
enum tokenstore_error view_failure(const struct view *view);

/* Memory or descriptors: this errno says nothing about the file. */
bool view_is_shortage(int code);

/* tdb_open and tdb_close, with the precautions that are always due.  false
 * is a failure whatever errno says; libtdb leaves 0 where recovery is due. */
bool view_open(struct view *view, const char *path, int hash_size,
               int tdb_flags, int flags);
void view_close(struct view *view);

enum tokenstore_error view_begin(struct view *view);

/* Commit the transaction, and find out what came of it. */
enum committed {
    COMMIT_DONE,
    COMMIT_FAILED,   /* the file may be half written until it is reopened */
    COMMIT_DOUBTFUL, /* written, but what could undo it may be valid still */
};
enum committed view_commit(struct view *view);

/*
 * Take the file away from libtdb, by putting the descriptor "elsewhere", which
 * cannot be written, in its place: after a failure in a commit, libtdb goes on
 * writing, and may declare a half-written file good.  view_commit does it as
 * soon as libtdb says that something failed; due before closing, too.
 */
void view_cut_off(struct view *view);

/* Say that it failed, and why; the file is as it was, once it is reopened. */
enum tokenstore_error view_cannot_commit(struct view *view);

/* Recover an interrupted change; under writer lock and mutex. */
enum tokenstore_error recover_file(struct location *location);

/* Build a complete new file beside the store, with room for so many records,
 * and give it the store's name; under writer lock and mutex. */
enum build {
    BUILD_FIRST,       /* there must be no store */
    BUILD_REPLACEMENT, /* of the store that is there */
};
enum tokenstore_error build_file(struct location *location, enum build build,
                                 uint64_t records, view_function *fill,
                                 void *argument);

#endif
