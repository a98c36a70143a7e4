/*
 * bare.h - what is left when the library is taken away: libtdb, one BLAKE2b,
 * and records of the same size.
 */
#ifndef TESTS_BENCH_BARE_H
#define TESTS_BENCH_BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BARE_VALUE_SIZE 256

struct bare;

/* A file with this many records, numbered from 1; made where there is none
 * yet. */
const char *bare_file(size_t count);

enum bare_use {
    BARE_DEFAULT, /* libtdb's own ways: a map of the file, and locks */
    BARE_READ,    /* as the library reads: through pread, without locks */
    BARE_CHANGE,  /* as it changes: through pwrite, which saves msync */
};

struct bare *bare_open(const char *path, enum bare_use use);
void bare_close(struct bare **bare);

/* tdb_parse_record and one BLAKE2b. */
void bare_fetch(struct bare *bare, size_t number);

/* Open, a fetch under a lock, one BLAKE2b, close. */
void bare_login(const char *path, size_t number);

/* Records to add, to replace and to delete, each from a number on. */
struct bare_change {
    size_t add, adds;
    size_t replace, replaces;
    size_t delete, deletes;
};

/* All of it in one transaction. */
void bare_apply(struct bare *bare, const struct bare_change *change);

#endif
