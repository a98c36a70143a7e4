/*
 * pam_copies.c - prove that the copies of the library in one process share a
 * mutex.  The process has three copies: libtokenstore.so, and the module
 * twice, because its file was replaced and two services name it differently.
 * All use the same libtdb, which is not thread-safe: two threads must never be
 * between its open and its close at once, in whichever copies they are.
 *
 * This program defines tdb_open_ex and tdb_close, which the copies find before
 * those of libtdb (-export-dynamic).
 */
#include <config.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/pam_client.h"
#include "tests/support/pam_fixture.h"
#include "tests/support/pam_install.h"

#define EXPORTED __attribute__((visibility("default")))
#define THREADS 6
#define ROUNDS 100

struct tdb_context;
typedef struct tdb_context *open_function(const char *, int, int, int, mode_t,
                                          const void *, void *);
typedef int close_function(struct tdb_context *);

EXPORTED open_function tdb_open_ex;
EXPORTED close_function tdb_close;

static struct tokenstore_bearer good;
static atomic_int inside;
static atomic_int failures;
static atomic_int opens;

static void *next(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);

    if (function == NULL)
        fail_hard("libtdb has no %s", name);
    return function;
}

struct tdb_context *tdb_open_ex(const char *name, int hash_size, int tdb_flags,
                                int flags, mode_t mode, const void *log,
                                void *hash) {
    union {
        void *object;
        open_function *function;
    } real = {next("tdb_open_ex")};
    struct tdb_context *tdb;

    atomic_fetch_add(&opens, 1);
    if (atomic_fetch_add(&inside, 1) != 0)
        atomic_fetch_add(&failures, 1);
    tdb = real.function(name, hash_size, tdb_flags, flags, mode, log, hash);
    if (tdb == NULL)
        atomic_fetch_sub(&inside, 1);
    return tdb;
}

int tdb_close(struct tdb_context *tdb) {
    union {
        void *object;
        close_function *function;
    } real = {next("tdb_close")};
    int result = real.function(tdb);

    atomic_fetch_sub(&inside, 1);
    return result;
}

static void log_in_by(unsigned int copy) {
    static const char *const services[] = {"first", "second"};
    struct tokenstore_request request = {
        .bearer = good.text,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .now = time(NULL),
    };
    enum tokenstore_reason reason;
    struct tokenstore *store;

    if (copy < 2) {
        if (client_login(services[copy], fixture_me(), good.text) !=
            PAM_SUCCESS)
            atomic_fetch_add(&failures, 1);
        return;
    }
    store = fixture_open(fixture_store());
    must("verify", tokenstore_verify(store, &request, NULL, &reason), store);
    tokenstore_close(&store);
}

static void *log_in(void *argument) {
    for (int i = 0; i < ROUNDS; i++)
        log_in_by((unsigned int)(uintptr_t)argument % 3);
    return NULL;
}

/* The mutex is taken before a fork, by one of the copies only: if each of them
 * took it, the fork would never return. */
static void fork_once(void) {
    pid_t child = fork();
    int status;

    if (child == 0) {
        alarm(60);
        atomic_store(&failures, 0);
        for (unsigned int copy = 0; copy < 3; copy++)
            log_in_by(copy);
        _exit(failures);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        fail_hard("a child cannot log in");
}

int main(void) {
    struct fixture_token token = {0};
    pthread_t threads[THREADS];

    fixture_begin(120);
    fixture_issue(&token, &good);
    for (unsigned int copy = 0; copy < 2; copy++) {
        install_module(SIZE_MAX);
        install_service(copy == 0 ? "first" : "second", copy);
        log_in_by(copy);
    }
    if (install_copies() != 2)
        fail_hard("%u copies of the module, not 2", install_copies());
    for (uintptr_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, log_in, (void *)i) != 0)
            fail_hard("pthread_create");
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    if (opens < THREADS * ROUNDS)
        fail_hard("only %d opens were seen", opens);
    if (failures != 0) {
        fprintf(stderr, "%d wrong answers, or two in libtdb at once\n",
                failures);
        return 1;
    }
    fork_once();
    return 0;
}
