/*
 * read.h - reading a store's file.
 */
#ifndef TOKENSTORE_FILE_READ_H
#define TOKENSTORE_FILE_READ_H

#include "tokenstore/file/location.h"
#include "tokenstore/file/tdb.h"

/*
 * Run a function on a consistent state of the store.  The function may be
 * called several times, and each time must forget what it read before; its
 * error is returned.  Takes no lock that a writer could wait for.  Undoes an
 * interrupted change, except in a set-uid program, where that is UNAVAILABLE.
 */
enum tokenstore_error file_read(struct file *file, view_function *function,
                                void *argument);

#endif
