/*
 * lock.h - the counter and the writer lock beside a store (PATH.lock).
 */
#ifndef TOKENSTORE_FILE_LOCK_H
#define TOKENSTORE_FILE_LOCK_H

#include <sys/types.h>

#include "tokenstore/host/deadline.h"
#include "tokenstore/values/message.h"

struct lock {
    int fd; /* -1: no lock file, so nobody has ever changed the store */
    bool locked;
    uint64_t count;   /* as the holder of the lock last wrote it */
    const char *path; /* for messages */
};

/* Open the lock file "name" in a checked directory, with lock->path set.
 * MISSING, and fd -1, if there is none. */
enum tokenstore_error lock_open(struct lock *lock, int directory,
                                const char *name, bool writable, uid_t owner,
                                struct message *message);

/* Make the lock file if it is missing; an existing one stays. */
enum tokenstore_error lock_create(int directory, const char *name, uid_t owner,
                                  const char *path, struct message *message);

/* Unlock and close it, if it is open.  After lock_lock(): before
 * turn_leave(). */
void lock_close(struct lock *lock);

/*
 * For readers: wait until nobody is changing the file, and note the count;
 * later ask whether what was read in between is valid.  BUSY at the deadline.
 */
enum tokenstore_error lock_read_begin(const struct lock *lock,
                                      const struct deadline *deadline,
                                      uint64_t *count,
                                      struct message *message);
bool lock_read_valid(const struct lock *lock, uint64_t count);

/*
 * For writers: take the lock without waiting, then mark each time in which the
 * file changes.  BUSY if another writer has it.  Failing to set a mark is an
 * error; failing to take it off is not, since readers ignore the mark of a
 * writer that is gone.
 *
 * From lock_open() to lock_close(), a writer must have the mutex of turn.h,
 * which holds back every fork: a child would share the description, and so
 * keep the lock of a process that is killed.
 */
enum tokenstore_error lock_lock(struct lock *lock, struct message *message);
enum tokenstore_error lock_change_begin(struct lock *lock,
                                        struct message *message);
void lock_change_end(struct lock *lock);

#endif
