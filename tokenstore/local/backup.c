/*
 * backup.c - back up a local store.  Must never make a backup of a damaged
 * one: that would only be noticed when the backup is needed.
 */
#include "tokenstore/local/backup.h"

#include "tokenstore/file/backup.h"
#include "tokenstore/host/safepath.h"
#include "tokenstore/local/check.h"
#include "tokenstore/local/local.h"

/* A view_function on the copy. */
static enum tokenstore_error examine(struct view *copy, void *unused) {
    uint64_t records;

    (void)unused;
    return check_view(copy, NULL, &records);
}

enum tokenstore_error local_backup(void *store, const char *file) {
    struct local *local = store;
    char path[PATH_MAX];

    if (*file == '\0' || !safepath_absolute(file, path))
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    return file_backup(&local->file, path, examine, NULL);
}

enum tokenstore_error local_backup_to(void *store, int fd, uint64_t *size) {
    struct local *local = store;

    return file_backup_to(&local->file, fd, size, examine, NULL);
}
