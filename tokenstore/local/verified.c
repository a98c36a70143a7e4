/*
 * verified.c - remember the tokens that a handle has just verified, for a
 * daemon that is asked about the same ones thousands of times a second.
 *
 * A remembered token is used only if it is proved that nothing has changed.
 * The kernel records (inotify(7)) what happens to the store's file, to its
 * lock file with the counter that every change increments (lock.c), and to the
 * name of their directory, before the system call that does it returns.  A
 * token is valid while nothing was recorded since before it was read, and for
 * one second at most; then everything is read and checked again, also the
 * directories above and the account.  Must never hold a lock, nor open the
 * store's own file.
 */
#include "tokenstore/local/verified.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tokenstore/format/bearer.h"
#include "tokenstore/format/use_slot.h"
#include "tokenstore/host/deadline.h"
#include "tokenstore/host/safepath.h"

int64_t verified_nanoseconds = 1000000000;

struct entry {
    uint64_t watch; /* under which it was read */
    int64_t read;   /* when, in nanoseconds */
    uint8_t seal[TOKEN_HASH_SIZE];
    struct tokenstore_token token;
    struct account account;
    int64_t noted; /* the last use that is known to be noted; 0: none */
};

struct verified {
    char path[PATH_MAX], lock_path[PATH_MAX + 8];
    int notes;      /* of inotify; -1: none yet */
    bool *ours;     /* do they belong to this process?  false in a child */
    uint64_t watch; /* number of the current watch; 0: none was begun */
    bool watching;  /* is it complete? */
    int64_t asked; /* time of the last verified_find(); 0: nothing is proved */
    size_t size;
    struct entry *entries[]; /* by id, modulo size; NULL: none */
};

struct verified *verified_new(const char *path, size_t tokens) {
    struct verified *verified =
        calloc(1, sizeof(*verified) + tokens * sizeof(verified->entries[0]));

    if (verified == NULL)
        return NULL;
    snprintf(verified->path, sizeof(verified->path), "%s", path);
    snprintf(verified->lock_path, sizeof(verified->lock_path), "%s.lock",
             path);
    verified->notes = -1;
    verified->size = tokens;
    verified->ours =
        mmap(NULL, sizeof(*verified->ours), PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    /* Zero in a child after fork: it must have its own notes, since what it
     * reads of its parent's is lost for the parent. */
    if (verified->ours != MAP_FAILED &&
        madvise(verified->ours, sizeof(*verified->ours), MADV_WIPEONFORK) == 0)
        return verified;
    verified_free(verified);
    return NULL;
}

void verified_free(struct verified *verified) {
    if (verified == NULL)
        return;
    for (size_t i = 0; i < verified->size; i++)
        free(verified->entries[i]);
    if (verified->notes >= 0)
        close(verified->notes);
    if (verified->ours != MAP_FAILED)
        munmap(verified->ours, sizeof(*verified->ours));
    free(verified);
}

/* One event is enough to know that something has changed: IN_ONESHOT. */
static bool add(int notes, const char *path, uint32_t events) {
    return inotify_add_watch(notes, path,
                             events | IN_MOVE_SELF | IN_DELETE_SELF |
                                 IN_DONT_FOLLOW | IN_ONESHOT) >= 0;
}

static bool add_directory(int notes, const char *path) {
    char directory[PATH_MAX];
    size_t length = (size_t)snprintf(directory, sizeof(directory), "%s", path);

    while (length > 1 && directory[length - 1] != '/')
        length--;
    /* Keep the slash: a symbolic link is followed, as in the store's path. */
    directory[length] = '\0';
    return add(notes, directory, IN_ONLYDIR);
}

/* Is no change in progress?  The counter is even then. */
static bool is_even(const char *lock_path) {
    uint64_t count = 1;
    struct stat status;
    int fd = open(lock_path, O_RDONLY | O_NOFOLLOW | SAFEPATH_OPEN);
    bool even = fd >= 0 && fstat(fd, &status) == 0 &&
                S_ISREG(status.st_mode) &&
                read(fd, &count, sizeof(count)) == sizeof(count) &&
                (le64toh(count) & 1) == 0;

    if (fd >= 0)
        close(fd);
    return even;
}

/* Discard what was recorded. */
static bool clear_notes(struct verified *verified) {
    char notes[4096];

    if (verified->notes >= 0 && !*verified->ours) {
        close(verified->notes);
        verified->notes = -1;
    }
    if (verified->notes < 0)
        verified->notes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    *verified->ours = true;
    if (verified->notes < 0)
        return false;
    while (read(verified->notes, notes, sizeof(notes)) > 0)
        continue;
    return true;
}

/* Begin to record what happens.  The descriptor is kept, because the kernel
 * takes 15 ms to close one.  The first call of a handle does nothing, because
 * a handle that is used once (in a thread for one request) needs none. */
static void begin_watch(struct verified *verified) {
    verified->watching =
        verified->watch++ > 0 && clear_notes(verified) &&
        add_directory(verified->notes, verified->path) &&
        add(verified->notes, verified->lock_path, IN_MODIFY | IN_ATTRIB) &&
        add(verified->notes, verified->path, IN_MODIFY | IN_ATTRIB) &&
        is_even(verified->lock_path);
}

/* Was nothing recorded?  Costs one cheap system call. */
static bool is_unchanged(const struct verified *verified) {
    char note[sizeof(struct inotify_event) + NAME_MAX + 1];

    return verified->watching && *verified->ours &&
           read(verified->notes, note, sizeof(note)) < 0 && errno == EAGAIN;
}

const struct tokenstore_token *
verified_find(struct verified *verified, uint64_t id,
              const uint8_t seal[TOKEN_HASH_SIZE],
              const struct account **account) {
    const struct entry *entry = verified->entries[id % verified->size];

    if (!is_unchanged(verified))
        begin_watch(verified);
    verified->asked = verified->watching ? monotonic_nanoseconds() : 0;
    if (entry == NULL || entry->token.id != id || verified->asked == 0 ||
        entry->watch != verified->watch ||
        verified->asked - entry->read >= verified_nanoseconds ||
        !bearer_hash_equal(seal, entry->seal))
        return NULL;
    *account = &entry->account;
    return &entry->token;
}

void verified_keep(struct verified *verified,
                   const uint8_t seal[TOKEN_HASH_SIZE],
                   const struct tokenstore_token *token,
                   const struct account *account) {
    struct entry **entry = &verified->entries[token->id % verified->size];

    if (verified->asked == 0)
        return;
    if (*entry == NULL)
        *entry = calloc(1, sizeof(**entry));
    if (*entry == NULL)
        return;
    if ((*entry)->token.id != token->id)
        (*entry)->noted = 0;
    /* The watch began before the token was read: every change since counts. */
    (*entry)->watch = verified->watch;
    (*entry)->read = verified->asked;
    memcpy((*entry)->seal, seal, TOKEN_HASH_SIZE);
    (*entry)->token = *token;
    (*entry)->account = *account;
}

bool verified_use_is_due(const struct verified *verified, uint64_t id,
                         int64_t now) {
    const struct entry *entry = verified->entries[id % verified->size];

    return entry == NULL || entry->token.id != id ||
           !use_slot_is_recent(entry->noted, now);
}

void verified_use_noted(struct verified *verified, uint64_t id, int64_t time) {
    struct entry *entry = verified->entries[id % verified->size];

    if (entry != NULL && entry->token.id == id)
        entry->noted = time;
}
