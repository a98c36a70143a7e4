/*
 * processes.c - many processes that verify at once, with and without one
 * process that keeps changing the store.
 */
#include <config.h>

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/stores.h"
#include "tests/support/pam_fixture.h"

#define READERS_MAX 8

/* Memory that the processes share. */
struct shared {
    atomic_bool go, stop;
    atomic_uint ready;
    atomic_ulong logins;
};

struct running {
    struct shared *shared;
    const struct seeded *seeded;
    const char *path; /* of a store; of a tdb file if "bare" is set */
    unsigned int readers;
    bool bare;
    bool writer;
    uint64_t milliseconds;
};

static void wait_for_start(struct shared *shared) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    atomic_fetch_add(&shared->ready, 1);
    while (!atomic_load(&shared->go))
        sched_yield();
}

_Noreturn static void read_on(const struct running *running) {
    struct tokenstore *store =
        running->bare ? NULL : fixture_open(running->path);
    unsigned long logins = 0;

    wait_for_start(running->shared);
    while (!atomic_load(&running->shared->stop)) {
        if (running->bare)
            bare_login(running->path, logins % running->seeded->count + 1);
        else
            verify_kept(
                store,
                &running->seeded->accounts[logins % running->seeded->kept]);
        logins++;
    }
    atomic_fetch_add(&running->shared->logins, logins);
    _exit(0);
}

_Noreturn static void write_on(const struct running *running) {
    struct tokenstore *store =
        running->bare ? NULL : fixture_open(running->path);
    struct tokenstore_bearer bearer;

    wait_for_start(running->shared);
    for (size_t i = 0; !atomic_load(&running->shared->stop); i++) {
        if (running->bare) {
            struct bare *bare = bare_open(running->path, BARE_CHANGE);

            bare_apply(bare, &(struct bare_change){.replace = i % 50 + 1,
                                                   .replaces = 4});
            bare_close(&bare);
        } else {
            must("create",
                 tokenstore_create(store, token_of(i % USERS), time(NULL),
                                   &bearer, NULL),
                 store);
        }
    }
    _exit(0);
}

/* Logins per second of all processes together. */
static double sample_logins(void *argument) {
    const struct running *running = argument;
    unsigned int children = running->readers + (running->writer ? 1 : 0);
    struct shared *shared = running->shared;
    uint64_t start, end;
    int status;

    atomic_store(&shared->go, false);
    atomic_store(&shared->stop, false);
    atomic_store(&shared->ready, 0);
    atomic_store(&shared->logins, 0);
    fflush(stdout);
    for (unsigned int i = 0; i < children; i++) {
        pid_t child = fork();

        if (child < 0)
            fail_hard("fork: %m");
        if (child == 0 && i < running->readers)
            read_on(running);
        if (child == 0)
            write_on(running);
    }
    while (atomic_load(&shared->ready) < children)
        usleep(1000);
    start = nanoseconds();
    atomic_store(&shared->go, true);
    usleep((useconds_t)running->milliseconds * 1000);
    atomic_store(&shared->stop, true);
    end = nanoseconds();
    for (unsigned int i = 0; i < children; i++)
        if (wait(&status) < 0 || status != 0)
            fail_hard("a process failed");
    return (double)atomic_load(&shared->logins) / (double)(end - start) * 1e9;
}

static void measure_processes(const struct running *running,
                              const char *bare_path, unsigned int readers) {
    struct running runs[4];
    const struct contender contenders[] = {
        {"tokenstore_verify", sample_logins, &runs[0], 0, 0},
        {"tokenstore_verify, beside one that creates", sample_logins, &runs[1],
         0, 0},
        {"floor: open, locked fetch, BLAKE2b, close", sample_logins, &runs[2],
         0, 0},
        {"the floor, beside tdb transactions", sample_logins, &runs[3], 0, 0},
    };
    char title[128];

    for (unsigned int i = 0; i < 4; i++) {
        runs[i] = *running;
        runs[i].readers = readers;
        runs[i].writer = i % 2 == 1;
        runs[i].bare = i >= 2;
        if (runs[i].bare)
            runs[i].path = bare_path;
    }
    snprintf(title, sizeof(title), "%u process%s verifying at once, %s tokens",
             readers, readers == 1 ? "" : "es",
             grouped(running->seeded->count));
    measure(title, PER_SECOND, contenders, 4, 5);
}

void bench_processes(void) {
    struct running running = {
        .seeded = seeded_store(bench.middle),
        .milliseconds = bench.quick ? 20 : 500,
    };
    char path[PATH_MAX], bare_path[PATH_MAX];

    running.shared =
        mmap(NULL, sizeof(*running.shared), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (running.shared == MAP_FAILED)
        fail_hard("mmap: %m");
    fresh_path("processes", "tokens.tdb", path);
    copy_file(running.seeded->path, path);
    running.path = path;
    fresh_path("processes-bare", "bare.tdb", bare_path);
    copy_file(bare_file(bench.middle), bare_path);
    for (unsigned int readers = 1; readers <= READERS_MAX; readers *= 2)
        measure_processes(&running, bare_path, readers);
    remove_path(path);
    remove_path(bare_path);
    munmap(running.shared, sizeof(*running.shared));
}
