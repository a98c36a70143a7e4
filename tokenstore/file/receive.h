/*
 * receive.h - a backup that comes through a descriptor.
 */
#ifndef TOKENSTORE_FILE_RECEIVE_H
#define TOKENSTORE_FILE_RECEIVE_H

#include "tokenstore/file/tdb.h"

/*
 * Run a function on a private copy of what can be read from "from", which may
 * be non-blocking, until its end.  The copy is a file in the directory of the
 * store "path", which is made if it is missing; it has mode 0600 and no name,
 * so that nothing is left of it, whatever ends the process.  Waits for the
 * other end without limit, so the caller has no lock.  DAMAGED also for more
 * bytes than a store can have.  Messages call the backup RECEIVE_NAME.
 */
#define RECEIVE_NAME "the backup"
enum tokenstore_error file_receive(const char *path, int from,
                                   view_function *function, void *argument,
                                   struct message *message);

#endif
