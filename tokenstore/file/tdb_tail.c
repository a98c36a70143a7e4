/*
 * tdb_tail.c - repairing what libtdb leaves of an interrupted change that made
 * its file grow.  Touches only what no record, list or valid recovery area of
 * the file refers to.
 *
 * When libtdb rolls back, it puts the old bytes back and leaves the file as
 * long as it has become.  Then:
 * - new records at the end still look like records.  When the file grows
 *   again, libtdb joins the new space to a free one among them, or to a free
 *   record that has shrunk meanwhile, and hands out space that is in use;
 * - the header may name a recovery area beyond the end, since the header can
 *   reach the disk before the new size of the file does: libtdb does not open
 *   such a file;
 * - space that nothing refers to makes tdb_check call the file corrupt.
 * All of it was written before anything new was valid, so it can be removed.
 */
#include "tokenstore/file/tdb_tail.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "tokenstore/file/tdb_recovery.h"

#define RECORD_FREE (~UINT32_C(0x26011999))

/* The least that a record takes: its header, and its size at the end. */
#define SMALLEST (sizeof(struct tdb_record) + sizeof(uint32_t))

static bool put(int fd, const void *bytes, size_t length, uint64_t offset) {
    ssize_t written = pwrite(fd, bytes, length, (off_t)offset);

    if (written >= 0 && written != (ssize_t)length)
        errno = ENOSPC;
    return written == (ssize_t)length;
}

/* ------------------------------------------------------------ the records */

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

/* Mark every record of the free list and of all chains, and find out where the
 * last of them ends; false if one of them leads out of the file or is met
 * twice. */
static bool mark_records(const struct tdb_bytes *file, uint8_t *marks,
                         uint64_t *records_end) {
    const size_t lists = (size_t)file->header.hash_size + 1;
    uint32_t *heads = calloc(lists, sizeof(*heads));
    bool sane = heads != NULL &&
                tdb_recovery_get(file, heads, lists * sizeof(*heads),
                                 offsetof(struct tdb_header, free_list));

    *records_end = 0;
    for (size_t i = 0; sane && i < lists; i++)
        for (uint64_t at = heads[i]; sane && at != 0;) {
            struct tdb_record record;
            uint64_t end = 0;

            sane = at >= file->start && at % 4 == 0 &&
                   tdb_recovery_get(file, &record, sizeof(record), at);
            if (sane) {
                end = at + sizeof(record) + record.length;
                sane = end <= file->size && mark_bit(marks, at);
            }
            if (end > *records_end)
                *records_end = end;
            at = sane ? record.next : 0;
        }
    free(heads);
    return sane;
}

static uint8_t *new_marks(const struct tdb_bytes *file) {
    return calloc(file->size / 32 + 1, 1);
}

/* Are all records of the file there?  Also says where the last one ends. */
static bool is_whole(const struct tdb_bytes *file, uint64_t *records_end) {
    uint8_t *marks = new_marks(file);
    bool whole = marks != NULL && mark_records(file, marks, records_end);

    free(marks);
    return whole;
}

/* -------------------------------------------------------------- the end */

/* Each step is durable before the next begins: it may be the last. */
static bool shorten(struct tdb_bytes *file, uint64_t size) {
    if (size >= file->size)
        return true;
    file->size = size;
    return ftruncate(file->fd, (off_t)size) == 0 && fsync(file->fd) == 0;
}

static bool forget_recovery(struct tdb_bytes *file) {
    static const uint32_t none;

    return put(file->fd, &none, sizeof(none),
               offsetof(struct tdb_header, recovery)) &&
           fsync(file->fd) == 0;
}

/* What libtdb or the file system fills new space with. */
static bool is_filling(uint32_t word) {
    return word == 0 || word == UINT32_C(0x42424242);
}

/* Every record ends with its size, so no record ends here if there is filling
 * in front of this place. */
static bool ends_empty(const struct tdb_bytes *file, uint64_t end) {
    uint32_t size;

    return tdb_recovery_get(file, &size, sizeof(size), end - sizeof(size)) &&
           is_filling(size);
}

/* Cut the file off after its last word that is no filling.  If less than the
 * smallest record is left then, cut that off as well. */
static bool trim(struct tdb_bytes *file, uint64_t least) {
    uint32_t words[1024];
    uint64_t end = file->size - file->size % sizeof(words[0]);

    while (end > least) {
        uint64_t left = end - least;
        size_t length = left < sizeof(words) ? (size_t)left : sizeof(words);
        size_t count = length / sizeof(words[0]);

        if (!tdb_recovery_get(file, words, length, end - length))
            return false;
        while (count > 0 && is_filling(words[count - 1]))
            count--;
        end -= length - count * sizeof(words[0]);
        if (count > 0)
            break;
    }
    if (end < least + SMALLEST)
        end = least;
    return shorten(file, end);
}

/* A recovery area without its magic is worth nothing.  It can be removed if
 * part of it is outside the file, or if no record ends where it begins. */
static bool area_is_loose(const struct tdb_bytes *file) {
    uint32_t at = file->header.recovery;

    return file->area_end > file->size ||
           (at != 0 && file->area_end == file->size && at > file->start &&
            ends_empty(file, at));
}

/*
 * libtdb reuses a recovery area, or frees it, without looking at what is
 * there, so that a damaged header would cost a record.  Does the header name a
 * real one?  A recovery area follows a record; or, if another area was left in
 * front of it, it ends what it holds with its size.
 */
static bool area_is_one(const struct tdb_bytes *file) {
    const uint64_t at = file->header.recovery;
    const uint64_t end =
        at + sizeof(file->area) + file->area.data_length - sizeof(uint32_t);
    struct tdb_record record;
    uint32_t size;

    if (at == 0 || at == file->start)
        return true;
    if (tdb_recovery_get(file, &size, sizeof(size), at - sizeof(size)) &&
        size >= SMALLEST && size <= at - file->start &&
        tdb_recovery_get(file, &record, sizeof(record), at - size) &&
        record.length == size - sizeof(record))
        return true;
    return file->area.data_length >= sizeof(size) && end < file->area_end &&
           tdb_recovery_get(file, &size, sizeof(size), end) &&
           size == sizeof(record) + file->area.length;
}

/* libtdb is about to recover.  The recovery area has nothing of what was
 * appended, so the file can return to its old size; but a damaged size must
 * not cost any records. */
static bool return_to_old_size(struct tdb_bytes *file) {
    const uint64_t size = tdb_recovery_old_size(file);
    uint64_t records_end;
    bool good = true;

    errno = 0;
    if (file->area_end <= size && size < file->size) {
        if (!tdb_recovery_load(file) || !is_whole(file, &records_end))
            good = errno == 0;
        else if (records_end <= size)
            good = shorten(file, size);
        free(file->pieces);
    }
    return good;
}

bool tdb_tail_cut(int fd) {
    struct tdb_bytes file;
    bool area_goes;
    uint64_t least, records_end;

    if (!tdb_recovery_look(fd, &file))
        return true;
    if (tdb_recovery_is_due(&file))
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
    if (!is_whole(&file, &records_end))
        return errno != ENOMEM;
    if (area_goes && !forget_recovery(&file))
        return false;
    /* A damaged header may name a place among the records. */
    if (area_goes && file.header.recovery >= records_end &&
        !shorten(&file, file.header.recovery))
        return false;
    if (least < records_end)
        least = records_end;
    return file.size <= least || trim(&file, least);
}

/* ------------------------------------------------------------------ gaps */

/* Put a gap at the front of the free list. */
static bool free_gap(struct tdb_bytes *file, uint64_t start, uint64_t end) {
    uint32_t size = (uint32_t)(end - start);
    uint32_t at = (uint32_t)start;
    struct tdb_record record = {.next = file->header.free_list,
                                .length = size - (uint32_t)sizeof(record),
                                .magic = RECORD_FREE};

    file->header.free_list = at;
    return size >= SMALLEST && put(file->fd, &record, sizeof(record), start) &&
           put(file->fd, &size, sizeof(size), end - sizeof(size)) &&
           put(file->fd, &at, sizeof(at),
               offsetof(struct tdb_header, free_list));
}

bool tdb_tail_fill_gaps(int fd, uint64_t *unused) {
    struct tdb_bytes file;
    uint64_t records_end;
    uint8_t *marks;
    bool sane;

    *unused = 0;
    if (!tdb_recovery_look(fd, &file) || (marks = new_marks(&file)) == NULL)
        return false;
    sane = mark_records(&file, marks, &records_end) && file.size % 4 == 0;
    if (sane && file.area_end != 0 && file.area_end <= file.size)
        mark_bit(marks, file.header.recovery);
    for (uint64_t at = file.start; sane && at < file.size;) {
        struct tdb_record record;
        uint64_t end = at;

        if (is_marked(marks, at)) {
            sane = tdb_recovery_get(&file, &record, sizeof(record), at);
            at += sizeof(record) + record.length;
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
