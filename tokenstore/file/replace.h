/*
 * replace.h - replacing a store by a new file.
 */
#ifndef TOKENSTORE_FILE_REPLACE_H
#define TOKENSTORE_FILE_REPLACE_H

#include "tokenstore/file/location.h"
#include "tokenstore/file/tdb.h"

/* Sees the current store, or NULL and the reason why it cannot be opened
 * (MISSING included).  Anything but OK ends the replacement. */
typedef enum tokenstore_error
file_begin(struct view *current, enum tokenstore_error why, void *argument);

/*
 * Replace the store by a new file with room for so many records, alone and
 * atomically; make it if there is none.  Calls "begin", then "fill", which
 * puts the content into the new file, without a transaction.  The view that
 * "begin" saw is open until "fill" returns.
 */
enum tokenstore_error file_replace(struct file *file, uint64_t records,
                                   file_begin *begin, view_function *fill,
                                   void *argument);

#endif
