/*
 * restore.h - replace a local store by a backup.
 */
#ifndef TOKENSTORE_LOCAL_RESTORE_H
#define TOKENSTORE_LOCAL_RESTORE_H

#include "tokenstore/tokenstore.h"

/* For struct backend. */
enum tokenstore_error local_restore(void *store, const char *file,
                                    bool accept_revoked,
                                    struct tokenstore_report **report);
enum tokenstore_error local_restore_from(void *store, int fd,
                                         bool accept_revoked,
                                         struct tokenstore_report **report);

#endif
