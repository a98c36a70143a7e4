/*
 * base_store.h - the undamaged store that fuzz_store begins with.  See
 * base_store.c.
 */
#ifndef TESTS_FUZZ_BASE_STORE_H
#define TESTS_FUZZ_BASE_STORE_H

#include "tokenstore/file/tdb.h"
#include "tokenstore/format/bearer.h"
#include "tokenstore/format/record.h"

#define FUZZ_NOW INT64_C(1800000000)

/* A token as it was issued to the store, before anything happened to it. */
struct issued {
    struct bearer_parts secret;
    struct tokenstore_token token;
    uint8_t bytes[RECORD_MAX];
    size_t length;
};

/* In id order.  Two were revoked: their bytes are still in the file. */
extern struct issued base_issued[];
extern size_t base_issued_count;

/* A key and value as they lie in the file. */
struct base_record {
    uint8_t key[VALUE_KEY_SIZE];
    uint8_t value[VALUE_SIZE];
};

/* Every record of the store, in the order of their keys. */
#define BASE_RECORDS_MAX 256
extern struct base_record base_records[];
extern size_t base_record_count;

/* One file of the store, and where in it the records' keys are. */
struct base {
    int chains;
    bool fill_in_transaction;
    bool drop_in_transaction;
    uint8_t *bytes;
    size_t length;
    size_t keys[BASE_RECORDS_MAX];
};

/*
 * Few chains and no transaction, for which libtdb would keep a hundred times
 * its room, give a file of 40 KB in which most bytes mean something.  The
 * second can be rolled back to before the two tokens were revoked.  The third
 * is as the library makes it, of 1 MB.
 */
enum { BASE_SMALL, BASE_ROLLBACK, BASE_LARGE, BASE_COUNT };
extern struct base bases[BASE_COUNT];

/* Where the store is, and its lock file; in a directory that goes at exit. */
extern char base_path[];
extern char base_lock_path[];

/* Make all of the above, the first time. */
void base_set_up(void);

/* Give a file this content. */
void base_write(const char *path, const void *bytes, size_t length);

/* The content of the store's file as it is now; the caller frees it. */
uint8_t *base_read(size_t *length);

/* The digest of a value, into its place. */
void base_digest(const uint8_t *key, uint8_t *value);

/* Are these the bytes of a token of the file as it is now, every part with
 * its key and its digest? */
bool base_has(uint64_t id, const uint8_t *bytes, size_t length);

#endif
