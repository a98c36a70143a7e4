/*
 * disk.c - bytes on disk for each token, in a new store and after years.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/stores.h"
#include "tests/support/pam_fixture.h"

#define BATCH 1000

struct file {
    const char *path;
    size_t count; /* tokens in it */
};

static double sample_size(void *argument) {
    const struct file *file = argument;
    struct stat status;

    if (stat(file->path, &status) != 0)
        fail_hard("%s: %m", file->path);
    return (double)status.st_size / (double)file->count;
}

static void measure_size(size_t count) {
    struct file ours = {seeded_store(count)->path, count};
    struct file bare = {bare_file(count), count};
    const struct contender contenders[] = {
        {"libtokenstore", sample_size, &ours, 0, 0},
        {"floor: one record of 256 bytes a token", sample_size, &bare, 0, 0},
    };
    char title[128];

    snprintf(title, sizeof(title), "on disk for each of %s tokens",
             grouped(count));
    measure(title, BYTES, contenders, 2, 1);
}

/* Revoke the oldest thousand and create as many, until all tokens are new. */
static void replace_all(struct tokenstore *store, uint64_t *ids,
                        size_t count) {
    for (size_t done = 0; done < count; done += BATCH) {
        size_t batch = count - done < BATCH ? count - done : BATCH;

        must("revoke", tokenstore_revoke(store, ids + done, batch, NULL),
             store);
        fill_store(store, batch, ids + done, NULL);
    }
}

static void replace_all_bare(struct bare *bare, size_t first, size_t count) {
    for (size_t done = 0; done < count; done += BATCH) {
        size_t batch = count - done < BATCH ? count - done : BATCH;

        bare_apply(bare, &(struct bare_change){.delete = first + done,
                                               .deletes = batch});
        bare_apply(bare, &(struct bare_change){.add = first + count + done,
                                               .adds = batch});
    }
}

static void measure_replacing(size_t count, size_t rounds) {
    uint64_t *ids = calloc(count, sizeof(*ids));
    char path[PATH_MAX], bare_path[PATH_MAX], title[128];
    struct file before = {seeded_store(count)->path, count};
    struct file after = {path, count};
    struct file bare_after = {bare_path, count};
    const struct contender contenders[] = {
        {"libtokenstore, afterwards", sample_size, &after, 0, 0},
        {"before", sample_size, &before, 0, 0},
        {"floor: a bare tdb, afterwards", sample_size, &bare_after, 0, 0},
    };
    struct tokenstore *store;
    struct bare *bare;

    fresh_path("replacing", "tokens.tdb", path);
    copy_file(before.path, path);
    fresh_path("replacing-bare", "bare.tdb", bare_path);
    copy_file(bare_file(count), bare_path);
    store = fixture_open(path);
    bare = bare_open(bare_path, BARE_CHANGE);
    for (size_t i = 0; i < count; i++)
        ids[i] = i + 1;
    for (size_t round = 0; round < rounds; round++) {
        fprintf(stderr, "replacing everything, %zu of %zu\n", round + 1,
                rounds);
        replace_all(store, ids, count);
        replace_all_bare(bare, round * count + 1, count);
    }
    tokenstore_close(&store);
    bare_close(&bare);
    snprintf(title, sizeof(title),
             "on disk for each of %s tokens, everything replaced %zu times",
             grouped(count), rounds);
    measure(title, BYTES, contenders, 3, 1);
    remove_path(path);
    remove_path(bare_path);
    free(ids);
}

void bench_disk(void) {
    measure_size(bench.small);
    measure_size(bench.middle);
    measure_size(bench.large);
    measure_replacing(bench.middle, bench.quick ? 2 : 10);
}
