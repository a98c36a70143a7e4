/*
 * build.h - making a new file for a store.
 */
#ifndef TOKENSTORE_FILE_BUILD_H
#define TOKENSTORE_FILE_BUILD_H

#include "tokenstore/file/location.h"
#include "tokenstore/file/tdb.h"

enum build {
    BUILD_FIRST,       /* there must be no store */
    BUILD_REPLACEMENT, /* of the store that is there */
};

/*
 * Build a complete file beside the store, with room for so many records and
 * what "fill" puts into it, and give it the name of the store.  Only under the
 * writer lock and the mutex of turn.h.  OUTCOME_UNKNOWN if the new file is in
 * place but the directory could not be synced.
 */
enum tokenstore_error build_file(struct location *location, enum build build,
                                 uint64_t records, view_function *fill,
                                 void *argument);

#endif
