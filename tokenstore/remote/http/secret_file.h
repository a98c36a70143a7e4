/*
 * secret_file.h - a small file that only its owner may read.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_SECRET_FILE_H
#define TOKENSTORE_REMOTE_HTTP_SECRET_FILE_H

#include "tokenstore/values/message.h"

/*
 * Read a file that the caller or root owns, with mode 0600 or less, into text,
 * and terminate it with NUL.  UNSAFE if others could read or change it,
 * INVALID_ARGUMENT if it does not fit; text is wiped on an error.
 *   size    of text, in bytes, NUL included
 *   length  of what was read, without the NUL
 */
enum tokenstore_error secret_file_read(const char *path, char *text,
                                       size_t size, size_t *length,
                                       struct message *message);

/* The same for a bearer token, alone on the one line of the file.
 * INVALID_ARGUMENT if it is anything else. */
enum tokenstore_error secret_file_read_token(const char *path, char *text,
                                             size_t size,
                                             struct message *message);

/* The same for such a line that is in memory. */
enum tokenstore_error secret_file_take_token(const char *line, char *text,
                                             size_t size,
                                             struct message *message);

#endif
