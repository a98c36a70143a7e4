/*
 * backup.h - a copy of a local store, which must be sound.
 */
#ifndef TOKENSTORE_LOCAL_BACKUP_H
#define TOKENSTORE_LOCAL_BACKUP_H

#include "tokenstore/tokenstore.h"

/* For struct backend. */
enum tokenstore_error local_backup(void *store, const char *file);
enum tokenstore_error local_backup_to(void *store, int fd, uint64_t *size);

#endif
