/*
 * recent.c - tokens that a handle has verified just now, for a daemon that is
 * asked for the same ones thousands of times a second.
 *
 * Nothing is taken from here that is not proved to be so still: the store's
 * counter (seqlock.c) is even and as it was, and the names of the store and of
 * its lock file lead to the same files, whose owner and mode nobody has
 * touched.  A second later all is read and judged anew, the directories above
 * and the account too.  Must never hold a lock, nor open the store's own file.
 */
#include "recent.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "use.h"

int64_t recent_nanoseconds = 1000000000;

/* A file, and the last change of its owner, mode or content. */
struct identity_of_file {
    dev_t device;
    ino_t inode;
    struct timespec changed;
};

/* What the store is like at one moment. */
struct state {
    uint64_t count;
    struct identity_of_file file, lock;
};

struct entry {
    struct state state; /* at which it was read */
    int64_t read;       /* when, in nanoseconds */
    struct tokenstore_token token;
    struct account account;
    int64_t noted; /* the last use of it by this handle; 0: none */
};

struct recent {
    char path[PATH_MAX], lock_path[PATH_MAX + 8];
    int lock; /* open for reading; -1: not open */
    dev_t lock_device;
    ino_t lock_inode;
    struct state seen;
    int64_t seen_at; /* 0: nothing was seen */
    size_t size;
    struct entry *entries[]; /* by id, modulo size; NULL: none */
};

struct recent *recent_new(const char *path, size_t tokens) {
    struct recent *recent =
        calloc(1, sizeof *recent + tokens * sizeof recent->entries[0]);

    if (recent == NULL)
        return NULL;
    snprintf(recent->path, sizeof recent->path, "%s", path);
    snprintf(recent->lock_path, sizeof recent->lock_path, "%s.lock", path);
    recent->lock = -1;
    recent->size = tokens;
    return recent;
}

void recent_free(struct recent *recent) {
    if (recent == NULL)
        return;
    for (size_t i = 0; i < recent->size; i++)
        free(recent->entries[i]);
    if (recent->lock >= 0)
        close(recent->lock);
    free(recent);
}

static int64_t now_in_nanoseconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool identify(const char *path, struct identity_of_file *file) {
    struct stat status;

    if (lstat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    *file = (struct identity_of_file){status.st_dev, status.st_ino,
                                      status.st_ctim};
    return true;
}

static bool is_same_file(const struct identity_of_file *a,
                         const struct identity_of_file *b) {
    return a->device == b->device && a->inode == b->inode &&
           a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Have the file open that the lock file's name leads to. */
static bool open_lock(struct recent *recent,
                      const struct identity_of_file *lock) {
    struct stat status;

    if (recent->lock >= 0 && recent->lock_device == lock->device &&
        recent->lock_inode == lock->inode)
        return true;
    if (recent->lock >= 0)
        close(recent->lock);
    recent->lock = open(recent->lock_path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
                                               O_NONBLOCK | O_NOCTTY);
    if (recent->lock >= 0 && fstat(recent->lock, &status) == 0 &&
        status.st_dev == lock->device && status.st_ino == lock->inode) {
        recent->lock_device = lock->device;
        recent->lock_inode = lock->inode;
        return true;
    }
    if (recent->lock >= 0)
        close(recent->lock);
    recent->lock = -1;
    return false;
}

/* The state now; false where nothing can be proved. */
static bool look(struct recent *recent, struct state *state) {
    return identify(recent->lock_path, &state->lock) &&
           open_lock(recent, &state->lock) &&
           pread(recent->lock, &state->count, sizeof state->count, 0) ==
               sizeof state->count &&
           state->count % 2 == 0 && identify(recent->path, &state->file);
}

static bool is_same_state(const struct state *a, const struct state *b) {
    return a->count == b->count && is_same_file(&a->file, &b->file) &&
           a->lock.device == b->lock.device && a->lock.inode == b->lock.inode;
}

const struct tokenstore_token *recent_find(struct recent *recent, uint64_t id,
                                           const struct account **account) {
    const struct entry *entry = recent->entries[id % recent->size];

    recent->seen_at = 0;
    if (!look(recent, &recent->seen))
        return NULL;
    recent->seen_at = now_in_nanoseconds();
    if (entry == NULL || entry->token.id != id ||
        recent->seen_at - entry->read >= recent_nanoseconds ||
        !is_same_state(&entry->state, &recent->seen))
        return NULL;
    *account = &entry->account;
    return &entry->token;
}

void recent_keep(struct recent *recent, const struct tokenstore_token *token,
                 const struct account *account) {
    struct entry **entry = &recent->entries[token->id % recent->size];

    if (recent->seen_at == 0)
        return;
    if (*entry == NULL)
        *entry = calloc(1, sizeof **entry);
    if (*entry == NULL)
        return;
    if ((*entry)->token.id != token->id)
        (*entry)->noted = 0;
    /* From before it was read: whatever has happened since counts. */
    (*entry)->state = recent->seen;
    (*entry)->read = recent->seen_at;
    (*entry)->token = *token;
    (*entry)->account = *account;
}

bool recent_use_is_due(struct recent *recent, uint64_t id, int64_t now) {
    struct entry *entry = recent->entries[id % recent->size];

    if (entry == NULL || entry->token.id != id)
        return true;
    if (use_is_recent(entry->noted, now))
        return false;
    entry->noted = now;
    return true;
}
