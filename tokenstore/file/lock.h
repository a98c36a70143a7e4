/*
 * lock.h - the counter and writer lock beside a store.  See seqlock.c.
 */
#ifndef TOKENSTORE_FILE_LOCK_H
#define TOKENSTORE_FILE_LOCK_H

#include "tokenstore/host/deadline.h"
#include "tokenstore/host/safepath.h"

struct lock {
    int fd; /* -1: there is no lock file, so nobody has ever changed it */
    bool locked;
    uint64_t count;   /* as the lock's holder last wrote it */
    const char *path; /* for messages */
};

/* Open the lock file "name" in a checked directory.  MISSING (fd -1) where
 * there is none. */
enum tokenstore_error lock_open(struct lock *lock, int directory,
                                const char *name, bool writable, uid_t owner,
                                struct message *message);

/* Make the lock file where it is missing; one that is there stays. */
enum tokenstore_error lock_create(int directory, const char *name, uid_t owner,
                                  const char *path, struct message *message);

void lock_close(struct lock *lock);

/* Readers: wait until nobody is changing the file, note the count; later ask
 * whether what was read in between is worth anything. */
enum tokenstore_error lock_read_begin(const struct lock *lock,
                                      const struct deadline *deadline,
                                      uint64_t *count,
                                      struct message *message);
bool lock_read_valid(const struct lock *lock, uint64_t count);

/* Writers: take the lock, then mark each stretch in which the file changes.
 * A mark that cannot be set is an error; one that cannot be taken off is
 * not, since readers ignore the mark of a writer that is gone. */
enum tokenstore_error lock_lock(struct lock *lock,
                                const struct deadline *deadline,
                                struct message *message);
enum tokenstore_error lock_change_begin(struct lock *lock,
                                        struct message *message);
void lock_change_end(struct lock *lock);

#endif
