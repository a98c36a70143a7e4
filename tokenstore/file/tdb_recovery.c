/*
 * tdb_recovery.c - the bytes of a tdb file, as they will be after a recovery.
 * Only reads.
 */
#include "tokenstore/file/tdb_recovery.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TDB_MAGIC_FOOD "TDB file\n"
#define TDB_VERSION_MAGIC UINT32_C(0x2601196d)
#define RECORD_RECOVERY UINT32_C(0xf53bc0e7)

static bool get(int fd, void *bytes, size_t length, uint64_t offset) {
    return pread(fd, bytes, length, (off_t)offset) == (ssize_t)length;
}

bool tdb_recovery_look(int fd, struct tdb_bytes *file) {
    struct tdb_header *header = &file->header;
    struct stat status;

    memset(file, 0, sizeof(*file));
    file->fd = fd;
    if (fstat(fd, &status) != 0 || !get(fd, header, sizeof(*header), 0) ||
        memcmp(header->food, TDB_MAGIC_FOOD, sizeof(TDB_MAGIC_FOOD)) != 0 ||
        header->version != TDB_VERSION_MAGIC || header->features != 0)
        return false;
    file->size = (uint64_t)status.st_size;
    file->start =
        sizeof(*header) + (uint64_t)header->hash_size * sizeof(uint32_t);
    if (file->start > file->size || file->size > UINT32_MAX)
        return false;
    if (header->recovery == 0)
        return true;
    file->area_end = header->recovery + (uint64_t)sizeof(file->area);
    if (get(fd, &file->area, sizeof(file->area), header->recovery))
        file->area_end += file->area.length;
    return header->recovery >= file->start;
}

bool tdb_recovery_is_due(const struct tdb_bytes *file) {
    return file->area.magic == RECORD_RECOVERY;
}

/* A recovery area keeps it in the place of the key's length. */
uint64_t tdb_recovery_old_size(const struct tdb_bytes *file) {
    return file->area.key_length;
}

/* The next piece, in the way that libtdb goes through them; false if it cannot
 * be one. */
static bool next_piece(const struct tdb_bytes *file, uint64_t *at,
                       uint64_t end, struct tdb_piece *piece) {
    uint32_t words[2];

    if (!get(file->fd, words, sizeof(words), *at))
        return false;
    *piece = (struct tdb_piece){words[0], words[1], *at + sizeof(words)};
    *at = piece->at + piece->length;
    return *at <= end && (uint64_t)piece->offset + piece->length <= file->size;
}

static bool add_piece(struct tdb_bytes *file, const struct tdb_piece *piece) {
    struct tdb_piece *more = file->pieces;

    /* Make room by doubling. */
    if ((file->piece_count & (file->piece_count - 1)) == 0)
        more = realloc(more, (2 * file->piece_count + 1) * sizeof(*more));
    if (more == NULL)
        return false;
    file->pieces = more;
    file->pieces[file->piece_count++] = *piece;
    return true;
}

static int compare_pieces(const void *left, const void *right) {
    const struct tdb_piece *a = left, *b = right;

    return (a->offset > b->offset) - (a->offset < b->offset);
}

/* Go through the recovery area, and keep its pieces if asked to; false if it
 * is damaged, or without memory. */
static bool read_pieces(struct tdb_bytes *file, bool keep) {
    uint64_t at = file->header.recovery + (uint64_t)sizeof(file->area);
    const uint64_t end = at + file->area.data_length;
    struct tdb_piece piece;

    if (end > file->area_end || end > file->size)
        return false;
    /* The last word of all is no piece. */
    while (at + 2 * sizeof(uint32_t) < end)
        if (!next_piece(file, &at, end, &piece) ||
            (keep && !add_piece(file, &piece)))
            return false;
    if (file->piece_count > 0)
        qsort(file->pieces, file->piece_count, sizeof(piece), compare_pieces);
    return true;
}

bool tdb_recovery_load(struct tdb_bytes *file) {
    return read_pieces(file, true);
}

bool tdb_recovery_is_sound(int fd) {
    struct tdb_bytes file;

    return !tdb_recovery_look(fd, &file) || !tdb_recovery_is_due(&file) ||
           read_pieces(&file, false);
}

/* The first piece that ends after the offset. */
static size_t find_piece(const struct tdb_bytes *file, uint64_t offset) {
    size_t first = 0, end = file->piece_count;

    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        const struct tdb_piece *piece = &file->pieces[middle];

        if ((uint64_t)piece->offset + piece->length <= offset)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

bool tdb_recovery_get(const struct tdb_bytes *file, void *bytes, size_t length,
                      uint64_t offset) {
    if (!get(file->fd, bytes, length, offset))
        return false;
    for (size_t i = find_piece(file, offset);
         i < file->piece_count && file->pieces[i].offset < offset + length;
         i++) {
        const struct tdb_piece *piece = &file->pieces[i];
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
