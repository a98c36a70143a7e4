/*
 * backup.h - a copy of a store under another name, or through a descriptor.
 */
#ifndef TOKENSTORE_FILE_BACKUP_H
#define TOKENSTORE_FILE_BACKUP_H

#include "tokenstore/file/location.h"
#include "tokenstore/file/tdb.h"

/*
 * Write a copy of the store in one consistent state to a new file of mode
 * 0600.  The file appears only when it is complete, synced, and "approve" has
 * returned OK for it.  EXISTS if there is a file of that name.
 */
enum tokenstore_error file_backup(struct file *file, const char *to,
                                  view_function *approve, void *argument);

/* Write such a copy to a descriptor; nothing, unless "approve" has returned OK
 * for it.  *size is the number of bytes that are written.  The errors of
 * stream_send() as well. */
enum tokenstore_error file_backup_to(struct file *file, int to, uint64_t *size,
                                     view_function *approve, void *argument);

#endif
