/*
 * stream.h - a copy of a store through somebody's descriptor.
 */
#ifndef TOKENSTORE_FILE_STREAM_H
#define TOKENSTORE_FILE_STREAM_H

#include "tokenstore/values/message.h"

/*
 * Write the whole file "from" to the descriptor "to", which may be a pipe or a
 * socket, and may be non-blocking.  Waits for its reader without limit, so the
 * caller has no lock.  *size counts the bytes, also after an error.  IO if it
 * cannot be written.
 */
enum tokenstore_error stream_send(int from, int to, uint64_t *size,
                                  struct message *message);

/*
 * Copy what can be read from the descriptor "from", until its end, to the file
 * "to" beside the store "path".  Waits in the same way.  IO if the disk is
 * full, DAMAGED for more bytes than a store can have.
 */
enum tokenstore_error stream_receive(int from, int to, const char *path,
                                     struct message *message);

#endif
