/*
 * tdb_tail.h - what libtdb leaves of a change that made its file grow.  See
 * tidy.c.
 */
#ifndef TOKENSTORE_FILE_TDB_TAIL_H
#define TOKENSTORE_FILE_TDB_TAIL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Before libtdb recovers: does all that it would put back lie in its area,
 * and belong into the file?  It does not look, and would write out what
 * comes after its copy of the area: memory of this process, whatever it is.
 * true as well where there is nothing to recover.
 */
bool tdb_tail_can_recover(int fd);

/*
 * Under the writer lock, before libtdb opens the file and recovers: take away
 * what an interrupted change has left at its end.  true when all is well, or
 * when this is not for us to mend; false with errno where the disk failed.
 */
bool tdb_tail_cut(int fd);

/*
 * In a private copy: make free space of what nothing refers to, so that
 * tdb_check accepts the file if there is nothing else wrong with it.
 * *unused is the number of bytes; false where there are none, or no sense can
 * be made of the file, or with errno.
 */
bool tdb_tail_fill_gaps(int fd, uint64_t *unused);

#endif
