/*
 * corrupt.h - the files of a store in memory, and ways to damage a copy of
 * them.
 */
#ifndef TESTS_SOAK_CORRUPT_H
#define TESTS_SOAK_CORRUPT_H

#include <stddef.h>

#include "tests/soak/victim.h"

#define BASE_RECORDS_MAX 400

/* A store before the damage, and where its file has data. */
struct base {
    struct image file, lock;
    struct answers answers;
    struct answers other; /* also right if a change was under way */
    size_t *used;         /* offsets of the words that are not zero */
    size_t used_count;
    size_t end;                       /* end of the last of these */
    size_t records[BASE_RECORDS_MAX]; /* offsets, also of dead records */
    size_t record_count;
};

/* Sets used, end and records from base->file. */
void base_map(struct base *base);

/* Copies both files and damages one of the copies at random (soak_random()).
 * The caller frees both with image_free(). Returns a description of the
 * damage. */
const char *corrupt(const struct base *base, struct image *file,
                    struct image *lock);

#endif
