/*
 * corrupt.h - a store's files in memory, and ways to spoil a copy of them.
 */
#ifndef TESTS_SOAK_CORRUPT_H
#define TESTS_SOAK_CORRUPT_H

#include <stddef.h>

#include "tests/soak/victim.h"

#define BASE_RECORDS_MAX 400

/* A store as it was before, and where in its file something is. */
struct base {
    struct image file, lock;
    struct answers answers;
    struct answers other; /* as good, where a change was under way */
    size_t *used;         /* offsets of the words that are not zero */
    size_t used_count;
    size_t end;                       /* of the last of these */
    size_t records[BASE_RECORDS_MAX]; /* offsets, of dead ones too */
    size_t record_count;
};

/* Find out where, in base->file. */
void base_map(struct base *base);

/* Spoil copies of both files, by soak_random(), one of them somehow; the
 * caller frees them.  Returns how, in words. */
const char *corrupt(const struct base *base, struct image *file,
                    struct image *lock);

#endif
