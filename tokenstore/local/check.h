/*
 * check.h - is a local store sound?
 */
#ifndef TOKENSTORE_LOCAL_CHECK_H
#define TOKENSTORE_LOCAL_CHECK_H

#include "tokenstore/file/tdb.h"

/*
 * Check everything in a snapshot (file_snapshot): the file, all records, all
 * index entries.  DAMAGED, NEWER_FORMAT (if a later version wrote it and
 * nothing else is wrong), NO_MEMORY.
 *   report   gets a line for each finding, or what was checked; may be NULL
 *   records  the number of records in the file
 */
enum tokenstore_error check_view(struct view *view,
                                 struct tokenstore_report *report,
                                 uint64_t *records);

/* For struct backend. */
enum tokenstore_error local_check(void *store,
                                  struct tokenstore_report **report);

#endif
