/*
 * soak.c - what the fault programs share.
 * Must leave no process running: every child dies with its parent.
 */
#include <config.h>

#include "tests/soak/soak.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/pam_fixture.h"

bool soak_full;

static uint64_t seed;
static uint64_t random_state;
static uint64_t forks;

void soak_begin(int argc, char **argv, unsigned int seconds) {
    const char *given = getenv("SOAK_SEED");

    if (argc != 2 ||
        (strcmp(argv[1], "full") != 0 && strcmp(argv[1], "short") != 0))
        fail_hard("usage: %s full|short", argv[0]);
    soak_full = strcmp(argv[1], "full") == 0;
    if (given != NULL)
        seed = strtoull(given, NULL, 10);
    else if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
        fail_hard("no random numbers");
    random_state = seed;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("SOAK_SEED=%llu\n", (unsigned long long)seed);
    fixture_begin(seconds);
}

/* SplitMix64. */
uint64_t soak_random(uint64_t below) {
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

void soak_random_restart(uint64_t step) { random_state = seed ^ step << 32; }

pid_t soak_fork(void) {
    pid_t child = fork();

    forks++;
    if (child < 0)
        fail_hard("fork: %s", strerror(errno));
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        soak_random_restart(forks);
    }
    return child;
}

void *soak_share(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        fail_hard("no memory");
    return memory;
}

enum tokenstore_error soak_verify(struct tokenstore *store,
                                  const struct tokenstore_bearer *bearer,
                                  const char *scope,
                                  enum tokenstore_reason *reason) {
    struct tokenstore_request request = {
        .bearer = bearer->text,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .scopes = &scope,
        .scope_count = scope != NULL,
        .now = time(NULL),
    };

    *reason = TOKENSTORE_REASON_NONE;
    return tokenstore_verify(store, &request, NULL, reason);
}

void soak_check(struct tokenstore *store, const char *what) {
    struct tokenstore_report *report = NULL;
    enum tokenstore_error error = tokenstore_check(store, &report);

    for (size_t i = 0;
         error != TOKENSTORE_OK && i < tokenstore_report_count(report); i++)
        fprintf(stderr, "check: %s\n", tokenstore_report_line(report, i));
    if (error != TOKENSTORE_OK)
        soak_wrong("check, %s: %s", what, tokenstore_message(store));
    tokenstore_report_free(&report);
}

int64_t soak_clock(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void soak_sleep_until(int64_t time) {
    struct timespec until = {.tv_sec = time / 1000000,
                             .tv_nsec = time % 1000000 * 1000};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
           EINTR)
        continue;
}

void soak_raise(_Atomic int64_t *maximum, int64_t value) {
    int64_t known = atomic_load(maximum);

    while (known < value &&
           !atomic_compare_exchange_weak(maximum, &known, value))
        continue;
}

void soak_wrong(const char *format, ...) {
    va_list arguments;

    fputs("WRONG: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, " (SOAK_SEED=%llu)\n", (unsigned long long)seed);
    /* Not exit(): this may be a child or a thread. */
    fflush(stdout);
    _exit(1);
}

void soak_expect_end(pid_t child, const char *what) {
    int status;

    if (waitpid(child, &status, 0) != child)
        fail_hard("waitpid: %s", strerror(errno));
    if (WIFSIGNALED(status))
        soak_wrong("%s: killed by signal %d", what, WTERMSIG(status));
    if (status != 0)
        soak_wrong("%s: ended with %d", what, WEXITSTATUS(status));
}
