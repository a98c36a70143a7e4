/*
 * tdb_tail.c - what libtdb leaves of a change that made its file grow and was
 * interrupted.  Touches only what no record, list or valid recovery area of
 * the file refers to; must never be used but under the writer lock, or on a
 * private copy.
 *
 * Rolling back, libtdb puts the old bytes back and leaves the file as long as
 * it had become.  Then:
 * - new records at the end still look like records.  When the file grows
 *   again, libtdb joins the new space to a free one among them, or to a free
 *   record that has shrunk meanwhile, and hands out space that is in use;
 * - the header may name a recovery area beyond the end, since it can reach
 *   the disk before the file's new size: libtdb does not open such a file;
 * - space that nothing refers to makes tdb_check call the file corrupt.
 * All of it comes from the time before anything new was valid, so it can go.
 */
#include "tokenstore/file/tdb_tail.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file's format is libtdb's, in the byte order of the machine. */
#define TDB_MAGIC_FOOD "TDB file\n"
#define TDB_VERSION_MAGIC UINT32_C(0x2601196d)
#define RECORD_USED UINT32_C(0x26011999)
#define RECORD_FREE (~RECORD_USED)
#define RECORD_RECOVERY UINT32_C(0xf53bc0e7)

struct header {
    char food[32];
    uint32_t version;
    uint32_t hash_size;
    uint32_t rwlocks;
    uint32_t recovery; /* where its area begins; 0: there is none */
    uint32_t sequence;
    uint32_t hashes[2];
    uint32_t features; /* of the last two, we use none */
    uint32_t mutex_size;
    uint32_t reserved[25];
    uint32_t free_list; /* then hash_size heads of chains */
};

struct record {
    uint32_t next;
    uint32_t length; /* of what follows, its own size at the end included */
    uint32_t key_length;
    uint32_t data_length;
    uint32_t hash;
    uint32_t magic;
};

/* In a recovery area, this is the size of the file to return to. */
#define old_size key_length

/* The least that a record takes: its header, and its size at the end. */
#define SMALLEST (sizeof(struct record) + sizeof(uint32_t))

/* What a recovery puts back. */
struct piece {
    uint32_t offset, length;
    uint64_t at; /* where the area has it */
};

struct file {
    int fd;
    uint64_t size;
    uint64_t start; /* of the records */
    struct header header;
    struct record area;
    uint64_t area_end;    /* 0: there is none */
    uint64_t records_end; /* of those in a list, once they are marked */
    struct piece *pieces; /* sorted; NULL: the file as it stands */
    size_t piece_count;
};

static bool get(int fd, void *bytes, size_t length, uint64_t offset) {
    return pread(fd, bytes, length, (off_t)offset) == (ssize_t)length;
}

static bool put(int fd, const void *bytes, size_t length, uint64_t offset) {
    ssize_t written = pwrite(fd, bytes, length, (off_t)offset);

    if (written >= 0 && written != (ssize_t)length)
        errno = ENOSPC;
    return written == (ssize_t)length;
}

/* Whether this is a file that we can make sense of. */
static bool look(int fd, struct file *file) {
    struct header *header = &file->header;
    struct stat status;

    memset(file, 0, sizeof *file);
    file->fd = fd;
    if (fstat(fd, &status) != 0 || !get(fd, header, sizeof *header, 0) ||
        memcmp(header->food, TDB_MAGIC_FOOD, sizeof TDB_MAGIC_FOOD) != 0 ||
        header->version != TDB_VERSION_MAGIC || header->features != 0)
        return false;
    file->size = (uint64_t)status.st_size;
    file->start =
        sizeof *header + (uint64_t)header->hash_size * sizeof(uint32_t);
    if (file->start > file->size || file->size > UINT32_MAX)
        return false;
    if (header->recovery == 0)
        return true;
    file->area_end = header->recovery + (uint64_t)sizeof file->area;
    if (get(fd, &file->area, sizeof file->area, header->recovery))
        file->area_end += file->area.length;
    return header->recovery >= file->start;
}

/* ------------------------------------------------------------- recovery */

/* The next piece, as libtdb goes through them; false where it cannot be one.
 */
static bool next_piece(const struct file *file, uint64_t *at, uint64_t end,
                       struct piece *piece) {
    uint32_t words[2];

    if (!get(file->fd, words, sizeof words, *at))
        return false;
    *piece = (struct piece){words[0], words[1], *at + sizeof words};
    *at = piece->at + piece->length;
    return *at <= end && (uint64_t)piece->offset + piece->length <= file->size;
}

static bool add_piece(struct file *file, const struct piece *piece) {
    struct piece *more = file->pieces;

    /* Room by doubling. */
    if ((file->piece_count & (file->piece_count - 1)) == 0)
        more = realloc(more, (2 * file->piece_count + 1) * sizeof *more);
    if (more == NULL)
        return false;
    file->pieces = more;
    file->pieces[file->piece_count++] = *piece;
    return true;
}

static int compare_pieces(const void *left, const void *right) {
    const struct piece *a = left, *b = right;

    return (a->offset > b->offset) - (a->offset < b->offset);
}

/* Go through the area, and keep what it has if asked to; false where it is
 * damaged, or without memory. */
static bool read_pieces(struct file *file, bool keep) {
    uint64_t at = file->header.recovery + (uint64_t)sizeof file->area;
    const uint64_t end = at + file->area.data_length;
    struct piece piece;

    if (end > file->area_end || end > file->size)
        return false;
    /* The last word of all is no piece. */
    while (at + 2 * sizeof(uint32_t) < end)
        if (!next_piece(file, &at, end, &piece) ||
            (keep && !add_piece(file, &piece)))
            return false;
    if (file->piece_count > 0)
        qsort(file->pieces, file->piece_count, sizeof piece, compare_pieces);
    return true;
}

bool tdb_tail_can_recover(int fd) {
    struct file file;

    return !look(fd, &file) || file.area.magic != RECORD_RECOVERY ||
           read_pieces(&file, false);
}

/* Read what the file has once the pieces are put back. */
static bool get_restored(const struct file *file, void *bytes, size_t length,
                         uint64_t offset) {
    size_t i = 0, end = file->piece_count;

    if (!get(file->fd, bytes, length, offset))
        return false;
    /* Up to the first that ends behind the offset. */
    while (i < end) {
        const size_t middle = i + (end - i) / 2;
        const struct piece *piece = &file->pieces[middle];

        if ((uint64_t)piece->offset + piece->length <= offset)
            i = middle + 1;
        else
            end = middle;
    }
    for (; i < file->piece_count && file->pieces[i].offset < offset + length;
         i++) {
        const struct piece *piece = &file->pieces[i];
        const uint64_t piece_end = (uint64_t)piece->offset + piece->length;
        const uint64_t from = piece->offset > offset ? piece->offset : offset;
        const uint64_t to =
            piece_end < offset + length ? piece_end : offset + length;

        if (from < to && !get(file->fd, (char *)bytes + (from - offset),
                              to - from, piece->at + (from - piece->offset)))
            return false;
    }
    return true;
}

/* -------------------------------------------------------------- the end */

/* Each step is durable before the next begins: it may be the last. */
static bool shorten(struct file *file, uint64_t size) {
    if (size >= file->size)
        return true;
    file->size = size;
    return ftruncate(file->fd, (off_t)size) == 0 && fsync(file->fd) == 0;
}

static bool forget_recovery(struct file *file) {
    static const uint32_t none;

    return put(file->fd, &none, sizeof none,
               offsetof(struct header, recovery)) &&
           fsync(file->fd) == 0;
}

/* What libtdb or the file system fills new space with. */
static bool is_filling(uint32_t word) {
    return word == 0 || word == UINT32_C(0x42424242);
}

/* Every record ends with its size, so where this is before the end of the
 * file or of the records, what is there is none. */
static bool ends_empty(const struct file *file, uint64_t end) {
    uint32_t size;

    return get(file->fd, &size, sizeof size, end - sizeof size) &&
           is_filling(size);
}

/* So the end can be no further back than the last word that says something;
 * unless that leaves less than what any record takes. */
static bool trim(struct file *file, uint64_t least) {
    uint32_t words[1024];
    uint64_t end = file->size - file->size % sizeof words[0];

    while (end > least) {
        uint64_t left = end - least;
        size_t length = left < sizeof words ? (size_t)left : sizeof words;
        size_t count = length / sizeof words[0];

        if (!get(file->fd, words, length, end - length))
            return false;
        while (count > 0 && is_filling(words[count - 1]))
            count--;
        end -= length - count * sizeof words[0];
        if (count > 0)
            break;
    }
    if (end < least + SMALLEST)
        end = least;
    return shorten(file, end);
}

static bool is_whole(struct file *file);

/* An area without its magic is worth nothing, and it can go where it is not
 * wholly in the file, or there is nothing between the records and it. */
static bool area_is_loose(const struct file *file) {
    uint32_t at = file->header.recovery;

    return file->area_end > file->size ||
           (at != 0 && file->area_end == file->size && at > file->start &&
            ends_empty(file, at));
}

/*
 * libtdb reuses an area, or frees it, without a look at what is there; so a
 * damaged header would cost a record.  An area comes behind a record, or,
 * where another area was left in front of it, ends what it holds with its
 * size.
 */
static bool area_is_one(const struct file *file) {
    const uint64_t at = file->header.recovery;
    const uint64_t end =
        at + sizeof file->area + file->area.data_length - sizeof(uint32_t);
    struct record record;
    uint32_t size;

    if (at == 0 || at == file->start)
        return true;
    if (get(file->fd, &size, sizeof size, at - sizeof size) &&
        size >= SMALLEST && size <= at - file->start &&
        get(file->fd, &record, sizeof record, at - size) &&
        record.length == size - sizeof record)
        return true;
    return file->area.data_length >= sizeof size && end < file->area_end &&
           get(file->fd, &size, sizeof size, end) &&
           size == sizeof record + file->area.length;
}

/* libtdb is about to recover.  What came after is not in the area; but a
 * damaged size must not cost any records. */
static bool return_to_old_size(struct file *file) {
    bool good = true;

    errno = 0;
    if (file->area_end <= file->area.old_size &&
        file->area.old_size < file->size) {
        if (!read_pieces(file, true) || !is_whole(file))
            good = errno == 0;
        else if (file->records_end <= file->area.old_size)
            good = shorten(file, file->area.old_size);
        free(file->pieces);
    }
    return good;
}

bool tdb_tail_cut(int fd) {
    struct file file;
    bool area_goes;
    uint64_t least;

    if (!look(fd, &file))
        return true;
    if (file.area.magic == RECORD_RECOVERY)
        return return_to_old_size(&file);
    area_goes = area_is_loose(&file);
    if (!area_goes && !area_is_one(&file)) {
        if (!forget_recovery(&file))
            return false;
        file.area_end = 0;
    }
    least = area_goes ? 0 : file.area_end;
    if (least < file.start)
        least = file.start;
    if (!area_goes && (file.size <= least || !ends_empty(&file, file.size)))
        return true;
    /* From a file that has lost some of its records, take nothing. */
    errno = 0;
    if (!is_whole(&file))
        return errno != ENOMEM;
    if (area_goes && !forget_recovery(&file))
        return false;
    /* A damaged header may name a place among the records. */
    if (area_goes && file.header.recovery >= file.records_end &&
        !shorten(&file, file.header.recovery))
        return false;
    if (least < file.records_end)
        least = file.records_end;
    return file.size <= least || trim(&file, least);
}

/* ------------------------------------------------------------------ gaps */

/* A bit for each place where a record can begin. */
static bool mark_bit(uint8_t *marks, uint64_t offset) {
    uint8_t bit = (uint8_t)(1U << (offset / 4 % 8));
    bool was = (marks[offset / 32] & bit) != 0;

    marks[offset / 32] |= bit;
    return !was;
}

static bool is_marked(const uint8_t *marks, uint64_t offset) {
    return offset % 4 == 0 &&
           (marks[offset / 32] & 1U << (offset / 4 % 8)) != 0;
}

/* Mark every record of the free list and of all chains; false where one of
 * them leads out of the file or is met twice. */
static bool mark_records(struct file *file, uint8_t *marks) {
    const size_t lists = (size_t)file->header.hash_size + 1;
    uint32_t *heads = calloc(lists, sizeof *heads);
    bool sane =
        heads != NULL && get_restored(file, heads, lists * sizeof *heads,
                                      offsetof(struct header, free_list));

    for (size_t i = 0; sane && i < lists; i++)
        for (uint64_t at = heads[i]; sane && at != 0;) {
            struct record record;
            uint64_t end = 0;

            sane = at >= file->start && at % 4 == 0 &&
                   get_restored(file, &record, sizeof record, at);
            if (sane) {
                end = at + sizeof record + record.length;
                sane = end <= file->size && mark_bit(marks, at);
            }
            if (end > file->records_end)
                file->records_end = end;
            at = sane ? record.next : 0;
        }
    free(heads);
    return sane;
}

static uint8_t *new_marks(const struct file *file) {
    return calloc(file->size / 32 + 1, 1);
}

static bool is_whole(struct file *file) {
    uint8_t *marks = new_marks(file);
    bool whole = marks != NULL && mark_records(file, marks);

    free(marks);
    return whole;
}

/* Put a gap into the free list, in front. */
static bool free_gap(struct file *file, uint64_t start, uint64_t end) {
    uint32_t size = (uint32_t)(end - start);
    uint32_t at = (uint32_t)start;
    struct record record = {.next = file->header.free_list,
                            .length = size - (uint32_t)sizeof record,
                            .magic = RECORD_FREE};

    file->header.free_list = at;
    return size >= SMALLEST && put(file->fd, &record, sizeof record, start) &&
           put(file->fd, &size, sizeof size, end - sizeof size) &&
           put(file->fd, &at, sizeof at, offsetof(struct header, free_list));
}

bool tdb_tail_fill_gaps(int fd, uint64_t *unused) {
    struct file file;
    uint8_t *marks;
    bool sane;

    *unused = 0;
    if (!look(fd, &file) || (marks = new_marks(&file)) == NULL)
        return false;
    sane = mark_records(&file, marks) && file.size % 4 == 0;
    if (sane && file.area_end != 0 && file.area_end <= file.size)
        mark_bit(marks, file.header.recovery);
    for (uint64_t at = file.start; sane && at < file.size;) {
        struct record record;
        uint64_t end = at;

        if (is_marked(marks, at)) {
            sane = get(fd, &record, sizeof record, at);
            at += sizeof record + record.length;
            continue;
        }
        while (end < file.size && !is_marked(marks, end))
            end += 4;
        sane = free_gap(&file, at, end);
        *unused += end - at;
        at = end;
    }
    free(marks);
    return sane && *unused > 0;
}
