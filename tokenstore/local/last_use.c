/*
 * last_use.c - when the tokens of a local store were last used: the file
 * PATH.last-use, with one slot per token.
 * Best effort.  Must never fail or delay a login: takes no lock, syncs nothing
 * and reports no error.  Must touch no other file, and this one only if it has
 * the owner and mode of a file of the store.
 *
 * A slot lies within one page and one sector, so the one write that replaces
 * it is complete, or its checksum is wrong.
 */
#include "tokenstore/local/last_use.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tokenstore/format/use_slot.h"
#include "tokenstore/host/safepath.h"
#include "tokenstore/local/local.h"

/* Slots that are read at once: the tokens of a page are often neighbours. */
#define WINDOW 64

/* How often a slot is read that another process is writing. */
#define ATTEMPTS 3

/* Exceeding the limit would kill the process by SIGXFSZ. */
static bool file_size_is_limited(void) {
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) != 0 ||
           limit.rlim_cur != RLIM_INFINITY;
}

/* Returns -1 with errno on an error; EPERM if it is not a file of the store.
 */
static int open_file(const struct location *location, int mode) {
    struct message unsaid;
    struct stat status;
    int fd = openat(location->directory, location->use_name,
                    mode | O_NOFOLLOW | SAFEPATH_OPEN);

    if (fd < 0)
        return -1;
    if (fstat(fd, &status) == 0 &&
        safepath_file(&status, location->owner, false, location->use_name,
                      &unsaid) == TOKENSTORE_OK &&
        status.st_nlink == 1)
        return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

/* The offset of a slot; false if no file can be that long. */
static bool find_slot(uint64_t id, off_t *offset) {
    return !__builtin_mul_overflow(id, (off_t)USE_SLOT_SIZE, offset);
}

/* Read slots; those beyond the end of the file are zero. */
static bool read_slots(int fd, uint64_t id, uint8_t *slots, size_t count) {
    const size_t size = count * USE_SLOT_SIZE;
    size_t done = 0;
    ssize_t length;
    off_t offset;

    if (!find_slot(id, &offset))
        return false;
    do {
        length = pread(fd, slots + done, size - done, offset + (off_t)done);
        if (length < 0)
            return false;
        done += (size_t)length;
    } while (length > 0 && done < size);
    memset(slots + done, 0, size - done);
    return true;
}

/* Decode a slot; read it again if it may have been read during a write. */
static enum use_state understand(int fd, uint64_t id,
                                 uint8_t slot[USE_SLOT_SIZE],
                                 struct use_record *record) {
    enum use_state state = use_slot_decode(slot, record);

    for (int i = 1; i < ATTEMPTS && state == USE_DOUBTS; i++) {
        if (!read_slots(fd, id, slot, 1))
            break;
        state = use_slot_decode(slot, record);
    }
    if (state == USE_FOUND && record->id != id)
        state = USE_DOUBTS;
    return state;
}

/* ----------------------------------------------------------------- writing */

/* Write a use, unless the slot has a recent one: then that one becomes the
 * record's. */
static void write_slot(int fd, struct use_record *record) {
    uint8_t slot[USE_SLOT_SIZE];
    struct use_record last;
    off_t offset;

    if (!find_slot(record->id, &offset) ||
        !read_slots(fd, record->id, slot, 1))
        return;
    if (understand(fd, record->id, slot, &last) == USE_FOUND &&
        last.creation_time == record->creation_time &&
        use_slot_is_recent(last.use.time, record->use.time)) {
        record->use = last.use;
        return;
    }
    use_slot_encode(record, slot);
    /* If it fails, the next login tries again. */
    (void)!pwrite(fd, slot, sizeof(slot), offset);
}

static void note(const char *path, struct use_record *record) {
    struct message unsaid;
    struct location location;
    int fd = -1;

    if (file_size_is_limited())
        return;
    if (location_open(&location, path, LOCATION_STORE, &unsaid) ==
        TOKENSTORE_OK) {
        fd = open_file(&location, O_RDWR);
        if (fd < 0 && errno == ENOENT &&
            safepath_make(location.directory, location.use_name,
                          location.owner, "", 0))
            fd = open_file(&location, O_RDWR);
    }
    if (fd >= 0) {
        write_slot(fd, record);
        close(fd);
    }
    location_close(&location);
}

void local_note_use(void *store, const struct tokenstore_token *token,
                    const char *service, const char *address, int64_t now) {
    struct local *local = store;
    struct use_record record = {.id = token->id,
                                .creation_time = token->creation_time};

    if (!use_slot_time_valid(now))
        return;
    /* Ask the memory first: a daemon comes here thousands of times a second.
     */
    if (local->verified != NULL &&
        !verified_use_is_due(local->verified, token->id, now))
        return;
    use_slot_make(service, address, now, &record.use);
    note(local->file.path, &record);
    if (local->verified != NULL)
        verified_use_noted(local->verified, token->id, record.use.time);
}

/* ----------------------------------------------------------------- reading */

/* Give a token its last use, if the slot tells. */
static void take(int fd, uint8_t slot[USE_SLOT_SIZE],
                 struct tokenstore_token *token) {
    struct use_record record;
    enum use_state state = understand(fd, token->id, slot, &record);

    if (state == USE_DOUBTS)
        return;
    token_set_unused(token);
    if (state == USE_FOUND && record.creation_time == token->creation_time)
        token->use = record.use;
}

static void read_all(int fd, struct tokenstore_token *tokens, size_t count) {
    uint8_t slots[WINDOW * USE_SLOT_SIZE];
    size_t next;

    for (size_t i = 0; i < count; i = next) {
        uint64_t first = tokens[i].id;
        size_t room;

        next = i + 1;
        while (next < count && tokens[next].id - first < WINDOW)
            next++;
        room = (size_t)(tokens[next - 1].id - first) + 1;
        if (!read_slots(fd, first, slots, room))
            continue;
        for (size_t j = i; j < next; j++)
            take(fd, slots + (tokens[j].id - first) * USE_SLOT_SIZE,
                 &tokens[j]);
    }
}

void last_use_read(const char *path, struct tokenstore_token *tokens,
                   size_t count) {
    struct message unsaid;
    struct location location;
    int fd = -1;
    int code = EPERM;

    if (location_open(&location, path, LOCATION_STORE, &unsaid) ==
        TOKENSTORE_OK) {
        fd = open_file(&location, O_RDONLY);
        code = errno;
    }
    if (fd >= 0) {
        read_all(fd, tokens, count);
        close(fd);
    } else if (code == ENOENT) {
        for (size_t i = 0; i < count; i++)
            token_set_unused(&tokens[i]);
    }
    location_close(&location);
}

/* -------------------------------------------------------------- discarding */

/* A multiple of the size of a block, on every common file system. */
#define BLOCK 4096

/* Give back the blocks that have slots of these ids only. */
static void punch(int fd, uint64_t first, uint64_t end) {
    off_t from, to;

    if (!find_slot(first, &from) || !find_slot(end, &to))
        return;
    from = (from + BLOCK - 1) / BLOCK * BLOCK;
    to = to / BLOCK * BLOCK;
    if (from < to)
        (void)!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from,
                         to - from);
}

void last_use_discard(const char *path, uint32_t after, const uint32_t *ids,
                      size_t count, uint64_t end) {
    uint64_t first = (uint64_t)after + 1;
    struct message unsaid;
    struct location location;
    int fd = -1;

    if (location_open(&location, path, LOCATION_STORE, &unsaid) ==
        TOKENSTORE_OK)
        fd = open_file(&location, O_RDWR);
    for (size_t i = 0; fd >= 0 && i < count; i++) {
        punch(fd, first, ids[i]);
        first = (uint64_t)ids[i] + 1;
    }
    if (fd >= 0) {
        punch(fd, first, end);
        close(fd);
    }
    location_close(&location);
}
