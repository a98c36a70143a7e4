/*
 * corrupt.c - damage a copy of the files of a store at random.
 * Writes only to memory.
 */
#include <config.h>

#include "tests/soak/corrupt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/soak/soak.h"
#include "tests/support/pam_fixture.h"

#define PAGE 4096

/* The size of the record header of tdb, 6 words. The key (16 bytes in
 * FORMAT.md) and the value (256) follow it. */
#define HEADER 24
#define RECORD (HEADER + 16 + 256)
#define RECORD_MAGIC UINT32_C(0x26011999)

/* ------------------------------------------------------------------- damage
 */

static size_t below(size_t limit) {
    return limit == 0 ? 0 : (size_t)soak_random(limit);
}

/* Returns an offset at which the file has data, or any offset. */
static size_t place(const struct base *base, const struct image *image) {
    size_t offset;

    if (below(2) == 0)
        return below(image->size);
    offset = base->used[below(base->used_count)] + below(4);
    return offset < image->size ? offset : below(image->size);
}

static void randomize(char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)below(256);
}

static void resize(struct image *image, size_t size) {
    char *bytes = realloc(image->bytes, size + 1);

    if (bytes == NULL)
        fail_hard("out of memory");
    if (size > image->size)
        memset(bytes + image->size, 0, size - image->size);
    image->bytes = bytes;
    image->size = size;
}

static void swap(char *a, char *b, size_t length) {
    for (size_t i = 0; i < length; i++) {
        char byte = a[i];

        a[i] = b[i];
        b[i] = byte;
    }
}

static void flip_bits(const struct base *base, struct image *image) {
    for (size_t n = 1 + below(4); n > 0; n--)
        image->bytes[place(base, image)] ^= (char)(1 << below(8));
}

static void random_bytes(const struct base *base, struct image *image) {
    size_t from = place(base, image);
    size_t length = 1 + below(512);

    if (length > image->size - from)
        length = image->size - from;
    randomize(image->bytes + from, length);
}

static void truncated(const struct base *base, struct image *image) {
    resize(image, place(base, image));
}

static void extended(const struct base *base, struct image *image) {
    size_t size = image->size;

    (void)base;
    resize(image, size + 1 + below(65536));
    if (below(2) == 0)
        randomize(image->bytes + size, image->size - size);
}

static void swapped_pages(const struct base *base, struct image *image) {
    size_t pages = image->size / PAGE;
    size_t a = place(base, image) / PAGE % pages;
    size_t b = place(base, image) / PAGE % pages;

    swap(image->bytes + a * PAGE, image->bytes + b * PAGE, PAGE);
}

static void zeroed_page(const struct base *base, struct image *image) {
    size_t pages = image->size / PAGE;

    memset(image->bytes + place(base, image) / PAGE % pages * PAGE, 0, PAGE);
}

/* Swaps two records, live or dead: the whole of both, their values, or their
 * keys. */
static void swapped_records(const struct base *base, struct image *image) {
    char *a = image->bytes + base->records[below(base->record_count)];
    char *b = image->bytes + base->records[below(base->record_count)];

    switch (below(3)) {
    case 0:
        swap(a, b, RECORD);
        break;
    case 1:
        swap(a + HEADER + 16, b + HEADER + 16, 256);
        break;
    case 2:
        swap(a + HEADER, b + HEADER, 16);
        break;
    }
}

/* Copies a word, which may be a pointer, over another. */
static void copied_word(const struct base *base, struct image *image) {
    size_t from = base->used[below(base->used_count)];
    size_t to = base->used[below(base->used_count)];

    memcpy(image->bytes + to, base->file.bytes + from, 4);
}

static void spoil_lock(struct image *lock) {
    switch (below(5)) {
    case 0:
        randomize(lock->bytes, lock->size);
        break;
    case 1:
        resize(lock, below(lock->size));
        break;
    case 2:
        resize(lock, lock->size + 1 + below(PAGE));
        break;
    case 3:
        memset(lock->bytes, 0xff, lock->size);
        break;
    case 4:
        lock->missing = true;
        break;
    }
}

static const struct {
    const char *what;
    void (*apply)(const struct base *base, struct image *image);
} kinds[] = {
    {"bits flipped", flip_bits},
    {"random bytes", random_bytes},
    {"truncated", truncated},
    {"extended", extended},
    {"pages swapped", swapped_pages},
    {"a page zeroed", zeroed_page},
    {"records swapped", swapped_records},
    {"a word copied", copied_word},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *corrupt(const struct base *base, struct image *file,
                    struct image *lock) {
    size_t kind = below(KINDS + 1);

    *file = image_copy(&base->file);
    *lock = image_copy(&base->lock);
    if (kind == KINDS) {
        spoil_lock(lock);
        return "lock file";
    }
    kinds[kind].apply(base, file);
    return kinds[kind].what;
}

/* ---------------------------------------------------------------------- map
 */

static bool is_record(const struct image *file, size_t offset) {
    uint32_t words[6];

    if (offset + RECORD > file->size)
        return false;
    memcpy(words, file->bytes + offset, sizeof(words));
    return words[2] == 16 && words[3] == 256 && words[5] == RECORD_MAGIC;
}

void base_map(struct base *base) {
    const struct image *file = &base->file;

    base->used = calloc(file->size / 4, sizeof(*base->used));
    if (base->used == NULL)
        fail_hard("out of memory");
    for (size_t at = 0; at + 4 <= file->size; at += 4) {
        uint32_t word;

        memcpy(&word, file->bytes + at, sizeof(word));
        if (word != 0) {
            base->used[base->used_count++] = at;
            base->end = at + 4;
        }
        if (is_record(file, at) && base->record_count < BASE_RECORDS_MAX)
            base->records[base->record_count++] = at;
    }
    if (base->record_count == 0)
        fail_hard("no records are found in the file");
}
