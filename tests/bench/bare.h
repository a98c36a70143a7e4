/*
 * bare.h - what remains without the library: libtdb, one BLAKE2b and records
 * of the same size. It is the floor that the library is compared with.
 * Every function stops the benchmark on an error.
 */
#ifndef TESTS_BENCH_BARE_H
#define TESTS_BENCH_BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BARE_VALUE_SIZE 256

struct bare;

/* Returns the path of a file with this many records, numbered from 1. The
 * first call for a count makes the file; the path stays valid. At most four
 * counts are possible. */
const char *bare_file(size_t count);

enum bare_use {
    BARE_DEFAULT, /* libtdb's default: a map of the file, and locks */
    BARE_READ,    /* as the library reads: with pread, without locks */
    BARE_CHANGE,  /* as the library writes: with pwrite, which saves msync */
};

struct bare *bare_open(const char *path, enum bare_use use);
void bare_close(struct bare **bare);

/* Does tdb_parse_record and one BLAKE2b. */
void bare_fetch(struct bare *bare, size_t number);

/* Opens the file, fetches the record under a lock, does one BLAKE2b and closes
 * the file. */
void bare_login(const char *path, size_t number);

/* The records to add, to replace and to delete: the first number and the count
 * of each. */
struct bare_change {
    size_t add, adds;
    size_t replace, replaces;
    size_t delete, deletes;
};

/* Makes all these changes in one transaction. */
void bare_apply(struct bare *bare, const struct bare_change *change);

#endif
