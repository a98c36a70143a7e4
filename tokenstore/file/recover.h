/*
 * recover.h - opening a store's file for a change.
 */
#ifndef TOKENSTORE_FILE_RECOVER_H
#define TOKENSTORE_FILE_RECOVER_H

#include "tokenstore/file/location.h"
#include "tokenstore/file/tdb.h"

/*
 * Open the file for a change, which first undoes one that was interrupted.
 * Only under the writer lock and the mutex of turn.h, and while the file is
 * marked as changing.  On OK, close the view; otherwise it is closed.
 */
enum tokenstore_error recover_open(const struct location *location,
                                   struct view *view);

/* Make sure that the open file is the one whose status was judged before it
 * was opened.  On an error, the view is closed. */
enum tokenstore_error recover_confirm(const struct location *location,
                                      struct view *view,
                                      const struct stat *judged);

/* Undo an interrupted change and do nothing else.  Only under the writer lock
 * and the mutex; marks the file itself. */
enum tokenstore_error recover_file(struct location *location);

#endif
