/*
 * lock.c - the counter and writer lock beside a store (PATH.lock).
 * Touches the lock file only, never the store; every wait ends at its
 * deadline.
 *
 * libtdb's own locks wait without bound, and its lock-free readers see
 * half-written changes.  So the lock file has a counter of 8 bytes,
 * little-endian; an odd number means that the file is changing.  Byte 8 is the
 * writer lock.  Readers take no lock, so nobody has to wait for one: they
 * compare the counter before and after.  The writer lock is an
 * open-file-description lock (fcntl(2), F_OFD_SETLK), which belongs to one
 * call and not, as POSIX locks do, to the whole process.  The seqlocks of
 * Linux work in the same way.
 */
#include "tokenstore/file/lock.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tokenstore/host/safepath.h"

#define LOCK_BYTE 8

enum tokenstore_error lock_open(struct lock *lock, int directory,
                                const char *name, bool writable, uid_t owner,
                                struct message *message) {
    enum tokenstore_error error;
    struct stat status;

    lock->locked = false;
    lock->fd =
        openat(directory, name,
               (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | SAFEPATH_OPEN);
    if (lock->fd < 0)
        return message_set_errno(message, errno, lock->path, "open");
    if (fstat(lock->fd, &status) != 0)
        error = message_set_errno(message, errno, lock->path, "stat");
    else
        error = safepath_file(&status, owner, true, lock->path, message);
    if (error != TOKENSTORE_OK)
        lock_close(lock);
    return error;
}

/* A short write sets no errno: the disk is full. */
static bool wrote_counter(ssize_t written) {
    if (written >= 0 && written < LOCK_BYTE)
        errno = ENOSPC;
    return written == LOCK_BYTE;
}

enum tokenstore_error lock_create(int directory, const char *name, uid_t owner,
                                  const char *path, struct message *message) {
    static const char zero[LOCK_BYTE];

    if (safepath_make(directory, name, owner, zero, sizeof(zero)))
        return TOKENSTORE_OK;
    return message_set_errno(message, errno, path, "create");
}

void lock_close(struct lock *lock) {
    struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

    if (lock->fd < 0)
        return;
    /* Unlock explicitly: a child of vfork(), which runs no fork handlers,
     * shares the description, and would keep the lock as long as it lives. */
    if (lock->locked)
        fcntl(lock->fd, F_OFD_SETLK, &whole);
    close(lock->fd);
    lock->fd = -1;
    lock->locked = false;
}

static bool get_count(const struct lock *lock, uint64_t *count) {
    uint64_t stored;

    if (pread(lock->fd, &stored, sizeof(stored), 0) != sizeof(stored))
        return false;
    *count = le64toh(stored);
    return true;
}

static bool put_count(const struct lock *lock, uint64_t count) {
    uint64_t stored = htole64(count);

    return wrote_counter(pwrite(lock->fd, &stored, sizeof(stored), 0));
}

/* Does a living writer hold the lock? */
static bool writer_lives(const struct lock *lock) {
    struct flock probe = {.l_type = F_WRLCK,
                          .l_whence = SEEK_SET,
                          .l_start = LOCK_BYTE,
                          .l_len = 1};

    return fcntl(lock->fd, F_OFD_GETLK, &probe) != 0 ||
           probe.l_type != F_UNLCK;
}

enum tokenstore_error lock_read_begin(const struct lock *lock,
                                      const struct deadline *deadline,
                                      uint64_t *count,
                                      struct message *message) {
    *count = 0;
    if (lock->fd < 0)
        return TOKENSTORE_OK;
    for (;;) {
        if (!get_count(lock, count))
            return message_set(message, TOKENSTORE_ERROR_DAMAGED,
                               "%s: cannot read its 8 bytes", lock->path);
        if (*count % 2 == 0 || !writer_lives(lock))
            return TOKENSTORE_OK;
        if (deadline_passed(deadline))
            return message_set(message, TOKENSTORE_ERROR_BUSY,
                               "%s: a change has been under way for too long; "
                               "look for a stopped process that has it open",
                               lock->path);
        deadline_pause();
    }
}

bool lock_read_valid(const struct lock *lock, uint64_t count) {
    uint64_t now;

    if (lock->fd < 0)
        return true;
    return get_count(lock, &now) && now == count &&
           (now % 2 == 0 || !writer_lives(lock));
}

enum tokenstore_error lock_lock(struct lock *lock, struct message *message) {
    struct flock byte = {.l_type = F_WRLCK,
                         .l_whence = SEEK_SET,
                         .l_start = LOCK_BYTE,
                         .l_len = 1};

    if (fcntl(lock->fd, F_OFD_SETLK, &byte) != 0) {
        if (errno != EAGAIN && errno != EACCES)
            return message_set_errno(message, errno, lock->path, "lock");
        return message_set(message, TOKENSTORE_ERROR_BUSY,
                           "%s: locked for too long; look for a stopped "
                           "process that has it open",
                           lock->path);
    }
    lock->locked = true;
    if (!get_count(lock, &lock->count))
        return message_set(message, TOKENSTORE_ERROR_DAMAGED,
                           "%s: cannot read its 8 bytes", lock->path);
    return TOKENSTORE_OK;
}

enum tokenstore_error lock_change_begin(struct lock *lock,
                                        struct message *message) {
    /* The next odd number that a dead writer cannot have left there. */
    lock->count = (lock->count | 1) + 2;
    if (!put_count(lock, lock->count))
        return message_set_errno(message, errno, lock->path, "write");
    return TOKENSTORE_OK;
}

void lock_change_end(struct lock *lock) {
    lock->count++;
    put_count(lock, lock->count);
}
