/*
 * write.h - changing a store's file.
 */
#ifndef TOKENSTORE_FILE_WRITE_H
#define TOKENSTORE_FILE_WRITE_H

#include "tokenstore/file/location.h"
#include "tokenstore/file/tdb.h"

/* There is room for changes of this many tokens in a transaction. */
#define FILE_BATCH 1000

/*
 * Run a function in a transaction, alone: no other writer runs meanwhile, and
 * readers do not see its changes until they are committed.  The function is
 * called once; its error cancels the transaction and is returned.  If the
 * store is missing and "initialise" is given, the store is made first, with
 * what that function puts into it.
 */
enum tokenstore_error file_write(struct file *file, view_function *initialise,
                                 view_function *function, void *argument);

#endif
