/*
 * secret_file.h - a small file that only its owner may read.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_SECRET_FILE_H
#define TOKENSTORE_REMOTE_HTTP_SECRET_FILE_H

#include "tokenstore/values/message.h"

/*
 * Read a file of the caller's or root's with mode 0600 or less into text,
 * and terminate it.  UNSAFE where others could read or change it.  Nothing
 * of it is left in text on an error.
 */
enum tokenstore_error secret_file_read(const char *path, char *text,
                                       size_t size, size_t *length,
                                       struct message *message);

/* The same for a bearer token: the one line of the file. */
enum tokenstore_error secret_file_read_token(const char *path, char *text,
                                             size_t size,
                                             struct message *message);

#endif
