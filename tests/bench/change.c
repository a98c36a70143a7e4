/*
 * change.c - create, revoke and rotate, one at a time and in batches, beside a
 * bare tdb transaction with the same number of records, and beside SQLite.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/sqlite.h"
#include "tests/bench/stores.h"
#include "tests/support/pam_fixture.h"

#define BATCH 1000
#define BATCHES 10

/* Three files that are changed, each with this many tokens or records. */
struct changing {
    size_t count;
    size_t next;  /* the token to change next */
    size_t added; /* records of the bare tdb */
    char store_path[PATH_MAX];
    char bare_path[PATH_MAX];
    char sqlite_path[PATH_MAX];
    struct tokenstore *store;
    struct bare *bare;
    struct sqlite *sqlite;
};

static void begin(struct changing *changing, size_t count) {
    changing->count = count;
    fresh_path("changing", "tokens.tdb", changing->store_path);
    copy_file(seeded_store(count)->path, changing->store_path);
    changing->store = fixture_open(changing->store_path);
    fresh_path("changing-bare", "bare.tdb", changing->bare_path);
    copy_file(bare_file(count), changing->bare_path);
    changing->bare = bare_open(changing->bare_path, BARE_CHANGE);
    fresh_path("changing-sqlite", "tokens.sqlite", changing->sqlite_path);
    changing->sqlite = sqlite_make(changing->sqlite_path, count);
}

static void end(struct changing *changing) {
    tokenstore_close(&changing->store);
    bare_close(&changing->bare);
    sqlite_close(&changing->sqlite);
    remove_path(changing->store_path);
    remove_path(changing->bare_path);
    remove_path(changing->sqlite_path);
}

/* Returns an id that has not been taken yet, far from the previous one. */
static size_t take_next(struct changing *changing) {
    /* The step is a prime: each number comes once before one repeats. */
    changing->next = (changing->next + 7919) % changing->count;
    return changing->next + 1;
}

/* ----------------------------------------------------------------- the store
 */

static double sample_create(void *argument) {
    struct changing *changing = argument;
    const struct tokenstore_token *token = token_of(changing->next++ % USERS);
    struct tokenstore_bearer bearer;
    uint64_t start = nanoseconds();

    must("create",
         tokenstore_create(changing->store, token, time(NULL), &bearer, NULL),
         changing->store);
    return (double)(nanoseconds() - start);
}

static double sample_revoke(void *argument) {
    struct changing *changing = argument;
    uint64_t id = take_next(changing);
    uint64_t start = nanoseconds();

    must("revoke", tokenstore_revoke(changing->store, &id, 1, NULL),
         changing->store);
    return (double)(nanoseconds() - start);
}

static double sample_rotate(void *argument) {
    struct changing *changing = argument;
    uint64_t id = take_next(changing);
    struct tokenstore_bearer bearer;
    uint64_t start = nanoseconds();

    must("rotate",
         tokenstore_rotate(changing->store, id, 0, NULL, time(NULL), &bearer,
                           NULL),
         changing->store);
    return (double)(nanoseconds() - start);
}

static double sample_batch(void *argument) {
    struct changing *changing = argument;
    uint64_t start = nanoseconds();

    fill_store(changing->store, BATCH * BATCHES, NULL, NULL);
    return (double)(nanoseconds() - start) / (BATCH * BATCHES);
}

/* ---------------------------------------------------------------- bare tdb
 *
 * As many records as the library writes: the token, the next id, the set of
 * all ids and the set of the user's ids. Each set counts once for an id that
 * is added and once for an id that is removed.
 */

static double sample_bare(struct changing *changing,
                          struct bare_change change) {
    uint64_t start;

    change.delete = take_next(changing);
    change.replace = take_next(changing);
    change.add = changing->count + 1 + changing->added;
    changing->added += change.adds;
    start = nanoseconds();
    bare_apply(changing->bare, &change);
    return (double)(nanoseconds() - start);
}

static double sample_bare_create(void *argument) {
    return sample_bare(argument,
                       (struct bare_change){.adds = 1, .replaces = 3});
}

static double sample_bare_revoke(void *argument) {
    return sample_bare(argument,
                       (struct bare_change){.replaces = 2, .deletes = 1});
}

static double sample_bare_rotate(void *argument) {
    return sample_bare(argument, (struct bare_change){
                                     .adds = 1, .replaces = 5, .deletes = 1});
}

/* A batch for as many users: the tokens, and one set of ids for each user. */
static double sample_bare_batch(void *argument) {
    struct changing *changing = argument;
    double time = 0;

    for (size_t i = 0; i < BATCHES; i++) {
        /* These replace records that exist. */
        changing->next = 0;
        time += sample_bare(
            changing, (struct bare_change){.adds = BATCH, .replaces = BATCH});
    }
    return time / (BATCH * BATCHES);
}

/* ------------------------------------------------------------------- SQLite
 */

static double sample_sqlite_create(void *argument) {
    struct changing *changing = argument;
    uint64_t start = nanoseconds();

    sqlite_create(changing->sqlite, 1);
    return (double)(nanoseconds() - start);
}

static double sample_sqlite(struct changing *changing,
                            void (*change)(struct sqlite *, uint64_t)) {
    uint64_t id = take_next(changing);
    uint64_t start = nanoseconds();

    change(changing->sqlite, id);
    return (double)(nanoseconds() - start);
}

static double sample_sqlite_revoke(void *argument) {
    return sample_sqlite(argument, sqlite_revoke);
}

static double sample_sqlite_rotate(void *argument) {
    return sample_sqlite(argument, sqlite_rotate);
}

static double sample_sqlite_batch(void *argument) {
    struct changing *changing = argument;
    uint64_t start = nanoseconds();

    for (size_t i = 0; i < BATCHES; i++)
        sqlite_create(changing->sqlite, BATCH);
    return (double)(nanoseconds() - start) / (BATCH * BATCHES);
}

/* ----------------------------------------------------------------- sections
 */

typedef double sample_function(void *argument);

static void measure_verb(struct changing *changing, const char *verb,
                         sample_function *ours, sample_function *bare,
                         sample_function *sqlite) {
    /* Each contender goes through the same numbers independently. */
    static struct changing copies[3];
    const struct contender contenders[] = {
        {"libtokenstore", ours, &copies[0], 0, 0},
        {"floor: one tdb transaction, as many bytes", bare, &copies[1], 0, 0},
        {"SQLite, WAL, synchronous=FULL", sqlite, &copies[2], 0, 0},
    };
    char title[128];

    if (copies[0].store == NULL)
        copies[0] = copies[1] = copies[2] = *changing;
    snprintf(title, sizeof(title), "%s among %s tokens", verb,
             grouped(changing->count));
    measure(title, NANOSECONDS, contenders, 3, 100);
    snprintf(title, sizeof(title), "%s: fsync, fdatasync and msync", verb);
    measure_syncs(title, contenders, 3);
}

void bench_change(void) {
    struct changing changing = {0};

    begin(&changing, bench.middle);
    measure_verb(&changing, "create", sample_create, sample_bare_create,
                 sample_sqlite_create);
    measure_verb(&changing, "revoke", sample_revoke, sample_bare_revoke,
                 sample_sqlite_revoke);
    measure_verb(&changing, "rotate", sample_rotate, sample_bare_rotate,
                 sample_sqlite_rotate);
    end(&changing);
}

void bench_batch(void) {
    struct changing changing = {0};
    const struct contender contenders[] = {
        {"libtokenstore", sample_batch, &changing, 0, 0},
        {"floor: tdb transactions, as many bytes", sample_bare_batch,
         &changing, 0, 0},
        {"SQLite, WAL, synchronous=FULL", sample_sqlite_batch, &changing, 0,
         0},
    };

    begin(&changing, bench.middle);
    measure("create 10,000 in transactions of 1,000, each", NANOSECONDS,
            contenders, 3, 5);
    measure_syncs("create 10,000: fsync, fdatasync and msync", contenders, 3);
    end(&changing);
}
