/*
 * base_store.h - the undamaged store that fuzz_store starts with, as tokens,
 * records and files. It is the same every time. A failure aborts the program.
 */
#ifndef TESTS_FUZZ_BASE_STORE_H
#define TESTS_FUZZ_BASE_STORE_H

#include "tokenstore/file/tdb.h"
#include "tokenstore/format/bearer.h"
#include "tokenstore/format/record.h"

#define FUZZ_NOW INT64_C(1800000000)

/* A token as it was issued, before any change. */
struct issued {
    struct bearer_parts secret;
    struct tokenstore_token token;
    uint8_t bytes[RECORD_MAX];
    size_t length;
};

/* In the order of their ids. Two were revoked: their bytes are still in the
 * file. */
extern struct issued base_issued[];
extern size_t base_issued_count;

/* A key and its value, as in the file. */
struct base_record {
    uint8_t key[VALUE_KEY_SIZE];
    uint8_t value[VALUE_SIZE];
};

/* Every record of the store, in the order of the keys. */
#define BASE_RECORDS_MAX 256
extern struct base_record base_records[];
extern size_t base_record_count;

/* One file of the store, and the offsets of its keys. */
struct base {
    int chains;
    bool fill_in_transaction;
    bool drop_in_transaction;
    uint8_t *bytes;
    size_t length;
    size_t keys[BASE_RECORDS_MAX];
};

/*
 * Three files. The first two have few chains: without a transaction, for which
 * libtdb would reserve a hundred times the space, a file has 40 KB in which
 * most bytes matter. The second can be rolled back to the time before the two
 * tokens were revoked. The third, of 1 MB, is like a file that the library
 * makes.
 */
enum { BASE_SMALL, BASE_ROLLBACK, BASE_LARGE, BASE_COUNT };
extern struct base bases[BASE_COUNT];

/* The paths of the store and of its lock file, in a directory that is removed
 * at exit. */
extern char base_path[];
extern char base_lock_path[];

/* Makes all of the above on the first call; later calls do nothing. */
void base_set_up(void);

/* Replaces the content of a file. */
void base_write(const char *path, const void *bytes, size_t length);

/* Returns the current content of the file of the store and its length. The
 * caller frees it. */
uint8_t *base_read(size_t *length);

/* Writes the digest of a value to its place in the value. */
void base_digest(const uint8_t *key, uint8_t *value);

/* Whether the current file has exactly these bytes for the token, every part
 * with its key and a right digest. */
bool base_has(uint64_t id, const uint8_t *bytes, size_t length);

#endif
