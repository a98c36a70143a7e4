/*
 * tdb_tail.h - repairing what libtdb leaves of an interrupted change that made
 * its file grow.
 */
#ifndef TOKENSTORE_FILE_TDB_TAIL_H
#define TOKENSTORE_FILE_TDB_TAIL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Under the writer lock, before libtdb opens the file and recovers: remove
 * what an interrupted change has left at its end.  Returns true if all is
 * well, or if this cannot be repaired here; false with errno if the disk
 * failed.
 */
bool tdb_tail_cut(int fd);

/*
 * In a private copy: turn the space that nothing refers to into free space, so
 * that tdb_check accepts the file if nothing else is wrong with it.  *unused
 * is its size in bytes.  Returns false if there is none, or if the file cannot
 * be understood, or with errno.
 */
bool tdb_tail_fill_gaps(int fd, uint64_t *unused);

#endif
