/*
 * build.c - making a new file for a store.  Must never write to the file of a
 * store: new content gets a file of its own, which is complete and synced
 * before it gets the name of the store.
 */
#include "tokenstore/file/build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <tdb.h>
#include <unistd.h>

#include "tokenstore/host/safepath.h"

/* The number of hash chains for so many records: about 10 records in each. */
static int hash_chains(uint64_t records) {
    static const int primes[] = {100003, 300007, 1000003, 3000017};
    const size_t count = sizeof(primes) / sizeof(primes[0]);

    for (size_t i = 0; i < count; i++)
        if (records <= 10 * (uint64_t)primes[i])
            return primes[i];
    return primes[count - 1];
}

/*
 * Let libtdb make its recovery area, by a change that leaves nothing: only
 * with one can tokens be revoked while the disk is full.  The area becomes up
 * to a hundred times as large as this change needs, so the next ones fit; one
 * of all the file's content would make the file several times as large.
 */
static enum tokenstore_error make_recovery_area(struct view *view) {
    const struct value_key key = value_key('-', 0, 0, 0);
    const struct value_payload payload = {{0}};
    enum tokenstore_error error = view_begin(view);

    if (error == TOKENSTORE_OK)
        error = view_add(view, &key, &payload);
    if (error == TOKENSTORE_OK)
        error = view_delete(view, &key);
    if (error == TOKENSTORE_OK && view_commit(view) == COMMIT_DONE)
        return TOKENSTORE_OK;
    view_cancel(view);
    return error == TOKENSTORE_OK ? TOKENSTORE_ERROR_IO : error;
}

/* Fill a new file and sync it, still under its temporary name. */
static enum tokenstore_error fill_file(struct location *location,
                                       uint64_t records, view_function *fill,
                                       void *argument) {
    struct view view = {.message = location->message};
    enum tokenstore_error error;
    int fd;

    /* An interrupted build left it: nobody else is building, since this call
     * has the writer lock. */
    if (unlinkat(location->directory, location->new_name, 0) != 0 &&
        errno != ENOENT)
        return message_set_errno(location->message, errno, location->new_path,
                                 "remove");
    /* mmap is safe here, and neither locks nor a transaction are needed:
     * nobody else knows the file yet. */
    if (!view_open(&view, location->new_path, hash_chains(records),
                   TDB_INCOMPATIBLE_HASH | TDB_NOLOCK,
                   O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW))
        return message_set_errno(location->message, errno, location->new_path,
                                 "create");
    fd = tdb_fd(view.tdb);
    error = fill(&view, argument);
    if (error == TOKENSTORE_OK)
        error = make_recovery_area(&view);
    if (error == TOKENSTORE_ERROR_IO)
        error = view_cannot_commit(&view);
    if (error == TOKENSTORE_OK &&
        (!safepath_give(fd, location->owner) || fsync(fd) != 0))
        error = message_set_errno(location->message, errno, location->new_path,
                                  "write");
    view_close(&view);
    return error;
}

/* Give the new file the name of the store.  A first store is linked, since it
 * must not displace a file that somebody else has just put there. */
static bool put_in_place(const struct location *location, enum build build) {
    switch (build) {
    case BUILD_FIRST:
        return linkat(location->directory, location->new_name,
                      location->directory, location->name, 0) == 0 &&
               unlinkat(location->directory, location->new_name, 0) == 0;
    case BUILD_REPLACEMENT:
        return renameat(location->directory, location->new_name,
                        location->directory, location->name) == 0;
    }
    return false;
}

enum tokenstore_error build_file(struct location *location, enum build build,
                                 uint64_t records, view_function *fill,
                                 void *argument) {
    enum tokenstore_error error = fill_file(location, records, fill, argument);
    bool done;

    if (error == TOKENSTORE_OK)
        error = lock_change_begin(&location->lock, location->message);
    if (error == TOKENSTORE_OK) {
        done = put_in_place(location, build);
        if (!done)
            error = message_set_errno(location->message, errno, location->path,
                                      "put in place");
        lock_change_end(&location->lock);
        if (done &&
            (build == BUILD_FIRST ? location_sync_all(location)
                                  : location_sync(location)) != TOKENSTORE_OK)
            error = message_set(
                location->message, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                "%s: the new file is in place, but a crash may "
                "undo that: its directory cannot be synced",
                location->path);
    }
    if (error != TOKENSTORE_OK)
        unlinkat(location->directory, location->new_name, 0);
    return error;
}
