/*
 * replace.c - replacing a store by a new file.  Must never write to the file
 * that it replaces, except to undo an interrupted change.
 */
#include "tokenstore/file/replace.h"

#include <fcntl.h>
#include <tdb.h>

#include "tokenstore/file/build.h"
#include "tokenstore/file/recover.h"

/* Open the store that is there.  An interrupted change is undone first: what
 * it has revoked must not be forgotten. */
static enum tokenstore_error open_current(struct location *location,
                                          struct view *view) {
    struct stat status;
    enum tokenstore_error error = location_file(location, &status);

    if (error == TOKENSTORE_OK &&
        !view_open(view, location->path, 0, TDB_NOMMAP,
                   O_RDONLY | O_NOFOLLOW)) {
        error = recover_file(location);
        if (error == TOKENSTORE_OK &&
            !view_open(view, location->path, 0, TDB_NOMMAP,
                       O_RDONLY | O_NOFOLLOW))
            error = message_set(location->message, TOKENSTORE_ERROR_DAMAGED,
                                "%s: damaged", location->path);
    }
    return error == TOKENSTORE_OK ? recover_confirm(location, view, &status)
                                  : error;
}

enum tokenstore_error file_replace(struct file *file, uint64_t records,
                                   file_begin *begin, view_function *fill,
                                   void *argument) {
    struct view current = {.message = &file->message};
    struct location location;
    enum tokenstore_error why;
    enum tokenstore_error error =
        location_open_or_make(&location, file->path, &file->message);

    if (error == TOKENSTORE_OK)
        error = location_lock(&location);
    if (error == TOKENSTORE_OK) {
        why = open_current(&location, &current);
        error = begin(why == TOKENSTORE_OK ? &current : NULL, why, argument);
        if (error == TOKENSTORE_OK)
            error =
                build_file(&location,
                           why == TOKENSTORE_ERROR_MISSING ? BUILD_FIRST
                                                           : BUILD_REPLACEMENT,
                           records, fill, argument);
        view_close(&current);
        location_unlock(&location);
    }
    location_close(&location);
    return error;
}
