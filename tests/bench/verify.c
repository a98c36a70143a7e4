/*
 * verify.c - the library's verify on an open handle, without PAM.
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/stores.h"
#include "tests/support/pam_fixture.h"

struct verifying {
    struct tokenstore *store;
    const struct kept *kept;
    size_t kept_count;
    struct bare *bare;
    size_t count;
    size_t next;
};

static double sample_verify(void *argument) {
    struct verifying *verifying = argument;
    const struct kept *kept =
        &verifying->kept[verifying->next++ % verifying->kept_count];
    uint64_t start = nanoseconds();

    verify_kept(verifying->store, kept);
    return (double)(nanoseconds() - start);
}

static double sample_fetch(void *argument) {
    struct verifying *verifying = argument;
    /* The records are as far apart as the tokens. */
    size_t number = verifying->next++ * (verifying->count / KEPT_MAX + 1) %
                        verifying->count +
                    1;
    uint64_t start = nanoseconds();

    bare_fetch(verifying->bare, number);
    return (double)(nanoseconds() - start);
}

static double sample_name_service(void *argument) {
    struct verifying *verifying = argument;
    const char *user = verifying->kept[0].user;
    uint64_t start = nanoseconds();

    ask_name_service(user);
    return (double)(nanoseconds() - start);
}

static void measure_verify(const struct seeded *seeded,
                           const struct kept *kept, const char *whose) {
    /* libtdb opens a file only once in a process: the store is opened here,
     * and the second bare tdb is a copy. */
    struct verifying ours = {.store = fixture_open(seeded->path),
                             .kept = kept,
                             .kept_count = seeded->kept};
    struct verifying mapped = {.count = seeded->count};
    struct verifying unmapped = {.count = seeded->count};
    char path[PATH_MAX], title[128];
    const struct contender contenders[] = {
        {"tokenstore_verify", sample_verify, &ours, 10, 0},
        {"floor: tdb_parse_record, BLAKE2b", sample_fetch, &mapped, 10, 0},
        {"the same without mmap and locks", sample_fetch, &unmapped, 10, 0},
        {"the name service alone", sample_name_service, &ours, 10, 0},
    };

    fresh_path("bare-copy", "bare.tdb", path);
    copy_file(bare_file(seeded->count), path);
    mapped.bare = bare_open(bare_file(seeded->count), BARE_DEFAULT);
    unmapped.bare = bare_open(path, BARE_READ);
    snprintf(title, sizeof(title), "verify on an open handle, %s, %s tokens",
             whose, grouped(seeded->count));
    measure(title, NANOSECONDS, contenders, 4, 200);
    bare_close(&unmapped.bare);
    bare_close(&mapped.bare);
    remove_path(path);
    tokenstore_close(&ours.store);
}

/* ------------------------------------------------------ verify from memory */

/* Proves that nothing has changed, as tokenstore/local/verified.c does. */
static double sample_look(void *argument) {
    const int *notes = argument;
    char note[sizeof(struct inotify_event) + NAME_MAX + 1];
    const uint64_t start = nanoseconds();

    if (read(*notes, note, sizeof(note)) >= 0)
        fail_hard("inotify: the store has changed");
    return (double)(nanoseconds() - start);
}

static double sample_parse(void *argument) {
    const struct kept *kept = argument;
    uint64_t id, start = nanoseconds();

    must(
        "id",
        tokenstore_bearer_id(kept->bearer.text, TOKENSTORE_BEARER_LENGTH, &id),
        NULL);
    return (double)(nanoseconds() - start);
}

static void measure_remembered(const struct seeded *seeded) {
    struct verifying ours = {.store = fixture_open(seeded->path),
                             .kept = seeded->accounts,
                             .kept_count = 1};
    int notes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    const struct contender contenders[] = {
        {"tokenstore_verify", sample_verify, &ours, 10, 0},
        {"the proof alone: inotify", sample_look, &notes, 10, 0},
        {"reading the bearer token alone", sample_parse,
         (void *)(uintptr_t)seeded->accounts, 10, 0},
    };
    char title[128];

    must("remember", tokenstore_set_memory(ours.store, 16), ours.store);
    if (notes < 0 || inotify_add_watch(notes, seeded->path, IN_MODIFY) < 0)
        fail_hard("inotify: %m");
    snprintf(title, sizeof(title), "verify from memory, %s tokens",
             grouped(seeded->count));
    measure(title, NANOSECONDS, contenders, 3, 200);
    close(notes);
    tokenstore_close(&ours.store);
}

void bench_verify(void) {
    const size_t counts[] = {bench.small, bench.middle, bench.large};

    for (size_t i = 0; i < 3; i++) {
        const struct seeded *seeded = seeded_store(counts[i]);

        measure_verify(seeded, seeded->accounts, "an account");
        measure_verify(seeded, seeded->virtual_users, "a virtual user");
    }
    measure_remembered(seeded_store(bench.middle));
}
