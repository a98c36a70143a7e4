/*
 * bare.c - libtdb and libsodium without the library: the floor.
 * It must do no more work than the floor that it stands for.
 */
#include <config.h>

#include "tests/bench/bare.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <tdb.h>

#include "tests/bench/bench.h"
#include "tests/bench/stores.h"
#include "tests/support/pam_fixture.h"

/* The same values as in the library (doc/FORMAT.md). */
#define KEY_SIZE 16
#define CHAINS 100003

struct bare {
    struct tdb_context *tdb;
};

struct key {
    uint8_t bytes[KEY_SIZE];
};

static struct key key_of(size_t number) {
    struct key key = {{'T'}};

    for (int i = 0; i < 4; i++)
        key.bytes[4 + i] = (uint8_t)(number >> (8 * (3 - i)));
    return key;
}

static TDB_DATA data_of(struct key *key) {
    return (TDB_DATA){.dptr = key->bytes, .dsize = sizeof(key->bytes)};
}

static struct bare *open_tdb(const char *path, int tdb_flags, int flags) {
    struct bare *bare = malloc(sizeof(*bare));

    if (bare == NULL)
        fail_hard("no memory");
    bare->tdb = tdb_open(path, CHAINS, tdb_flags | TDB_INCOMPATIBLE_HASH,
                         flags | O_CLOEXEC, 0600);
    if (bare->tdb == NULL)
        fail_hard("%s: tdb_open: %m", path);
    return bare;
}

struct bare *bare_open(const char *path, enum bare_use use) {
    return open_tdb(path, use == BARE_DEFAULT ? TDB_DEFAULT : TDB_NOMMAP,
                    use == BARE_READ ? O_RDONLY : O_RDWR);
}

void bare_close(struct bare **bare) {
    tdb_close((*bare)->tdb);
    free(*bare);
    *bare = NULL;
}

static void store(struct bare *bare, size_t number) {
    struct key key = key_of(number);
    uint8_t bytes[BARE_VALUE_SIZE];
    TDB_DATA value = {.dptr = bytes, .dsize = sizeof(bytes)};

    memset(bytes, (int)number, sizeof(bytes));
    if (tdb_store(bare->tdb, data_of(&key), value, TDB_REPLACE) != 0)
        fail_hard("tdb_store: %s", tdb_errorstr(bare->tdb));
}

const char *bare_file(size_t count) {
    static struct {
        size_t count;
        char path[PATH_MAX];
    } files[4];
    size_t i = 0;
    struct bare *bare;
    char name[64];

    while (files[i].count != 0 && files[i].count != count)
        i++;
    if (files[i].count == count)
        return files[i].path;
    snprintf(name, sizeof(name), "bare-%zu", count);
    fresh_path(name, "bare.tdb", files[i].path);
    files[i].count = count;
    bare = open_tdb(files[i].path, TDB_NOSYNC, O_RDWR | O_CREAT | O_EXCL);
    for (size_t number = 1; number <= count; number++)
        store(bare, number);
    bare_close(&bare);
    return files[i].path;
}

static void hash(const uint8_t *bytes, size_t length) {
    uint8_t digest[32];

    if (length != BARE_VALUE_SIZE ||
        crypto_generichash(digest, sizeof(digest), bytes, 32, NULL, 0) != 0)
        fail_hard("BLAKE2b failed");
}

static int hash_record(TDB_DATA key, TDB_DATA value, void *argument) {
    (void)key;
    (void)argument;
    hash(value.dptr, value.dsize);
    return 0;
}

void bare_fetch(struct bare *bare, size_t number) {
    struct key key = key_of(number);

    if (tdb_parse_record(bare->tdb, data_of(&key), hash_record, NULL) != 0)
        fail_hard("tdb_parse_record: %s", tdb_errorstr(bare->tdb));
}

void bare_login(const char *path, size_t number) {
    struct bare *bare = open_tdb(path, TDB_NOMMAP, O_RDWR);
    struct key key = key_of(number);
    TDB_DATA value = tdb_fetch(bare->tdb, data_of(&key));

    if (value.dptr == NULL)
        fail_hard("tdb_fetch: %s", tdb_errorstr(bare->tdb));
    hash(value.dptr, value.dsize);
    free(value.dptr);
    bare_close(&bare);
}

void bare_apply(struct bare *bare, const struct bare_change *change) {
    if (tdb_transaction_start(bare->tdb) != 0)
        fail_hard("tdb_transaction_start: %s", tdb_errorstr(bare->tdb));
    for (size_t i = 0; i < change->adds; i++)
        store(bare, change->add + i);
    for (size_t i = 0; i < change->replaces; i++)
        store(bare, change->replace + i);
    for (size_t i = 0; i < change->deletes; i++) {
        struct key key = key_of(change->delete + i);

        if (tdb_delete(bare->tdb, data_of(&key)) != 0)
            fail_hard("tdb_delete: %s", tdb_errorstr(bare->tdb));
    }
    if (tdb_transaction_commit(bare->tdb) != 0)
        fail_hard("tdb_transaction_commit: %s", tdb_errorstr(bare->tdb));
}
