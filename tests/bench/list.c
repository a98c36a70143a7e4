/*
 * list.c - pages of tokens, and all tokens as the tool prints them.
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/stores.h"
#include "tests/support/pam_fixture.h"

#define PAGE 100

/* -------------------------------------------------------------------- pages
 */

struct paging {
    struct tokenstore *store;
    const struct tokenstore_identity *user;
    uint64_t after;
    size_t expected;
    const char *bare_path;
};

static double sample_page(void *argument) {
    struct paging *paging = argument;
    struct tokenstore_list *list;
    uint64_t start = nanoseconds();

    must("list",
         tokenstore_list(paging->store, paging->user, paging->after, PAGE,
                         &list),
         paging->store);
    if (tokenstore_list_count(list) != paging->expected)
        fail_hard("a page of %zu", tokenstore_list_count(list));
    tokenstore_list_free(&list);
    return (double)(nanoseconds() - start);
}

static double sample_bare_page(void *argument) {
    struct paging *paging = argument;
    uint64_t start = nanoseconds();
    struct bare *bare = bare_open(paging->bare_path, BARE_READ);

    for (size_t i = 1; i <= paging->expected; i++)
        bare_fetch(bare, paging->after + i);
    bare_close(&bare);
    return (double)(nanoseconds() - start);
}

static double sample_name_service(void *argument) {
    uint64_t start = nanoseconds();

    ask_name_service(argument);
    return (double)(nanoseconds() - start);
}

static void measure_page(struct paging *paging, const char *what,
                         size_t count) {
    const struct contender contenders[] = {
        {"tokenstore_list", sample_page, paging, 5, 0},
        {"floor: open, 100 fetches, close", sample_bare_page, paging, 5, 0},
        {"the name service alone", sample_name_service,
         (void *)(uintptr_t)user_name(1), 5, 0},
    };
    char title[128];

    snprintf(title, sizeof(title), "%s of 100 among %s tokens", what,
             grouped(count));
    measure(title, NANOSECONDS, contenders, paging->user != NULL ? 3 : 2, 100);
}

static void measure_pages(size_t count) {
    struct paging paging = {
        .store = fixture_open(seeded_store(count)->path),
        .expected = count < PAGE ? count : PAGE,
        .bare_path = bare_file(count),
    };

    measure_page(&paging, "first page", count);
    paging.after = (count - paging.expected) / 2;
    measure_page(&paging, "middle page", count);
    paging.after = count - paging.expected;
    measure_page(&paging, "last page", count);
    tokenstore_close(&paging.store);
}

static void measure_users_page(size_t count) {
    struct paging paging = {
        .store = fixture_open(seeded_store(count)->path),
        .bare_path = bare_file(count),
    };
    struct tokenstore_identity *user;
    struct tokenstore_list *list;

    must("parse", tokenstore_identity_parse(user_name(1), &user), NULL);
    must("list", tokenstore_list(paging.store, user, 0, PAGE, &list),
         paging.store);
    paging.user = user;
    paging.expected = tokenstore_list_count(list);
    tokenstore_list_free(&list);
    measure_page(&paging, "first page of one user's", count);
    tokenstore_identity_free(&user);
    tokenstore_close(&paging.store);
}

/* -------------------------------------------------------------- all of them
 */

struct printing {
    const char *path; /* of the store; NULL: print meaningless bytes */
    size_t rows;
    size_t bytes;
    size_t memory;
};

_Noreturn void print_rows(size_t rows, size_t length) {
    char *row = malloc(length);

    if (row == NULL)
        exit(99);
    memset(row, 'x', length);
    for (size_t i = 0; i < rows; i++)
        if (fwrite(row, 1, length, stdout) != length)
            exit(99);
    exit(fflush(stdout) == 0 ? 0 : 99);
}

/* The program itself: the file of that name in the build directory is
 * libtool's wrapper script, whose time would count too. */
_Noreturn static void run_program(const struct printing *printing) {
    static const char tool[] = BUILD_DIRECTORY "/.libs/accesstoken";
    static const char self[] = "/proc/self/exe";
    char shape[64];

    snprintf(shape, sizeof(shape), "%zux%zu", printing->rows,
             printing->bytes / printing->rows);
    setenv("LD_LIBRARY_PATH", BUILD_DIRECTORY "/.libs", 1);
    if (printing->path != NULL)
        execl(tool, tool, "--store", printing->path, "list", "--all", "--json",
              NULL);
    else
        execl(self, self, "--print-rows", shape, NULL);
    _exit(99);
}

/* Returns the most memory, in bytes, that a running process has had; 0 if it
 * has exited. */
static size_t peak_memory(pid_t process) {
    char path[64], line[256];
    size_t kilobytes = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%ld/status", (long)process);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        if (sscanf(line, "VmHWM: %zu kB", &kilobytes) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kilobytes * 1024;
}

/* Run the program and read its output from a pipe as fast as it comes. */
static void print_all(struct printing *printing, bool watch_memory) {
    static char buffer[1 << 16];
    ssize_t got;
    int status, ends[2];
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0 || fflush(stdout) != 0)
        fail_hard("pipe: %m");
    child = fork();
    if (child == 0) {
        if (dup2(ends[1], STDOUT_FILENO) < 0)
            _exit(99);
        run_program(printing);
    }
    close(ends[1]);
    printing->bytes = 0;
    while ((got = read(ends[0], buffer, sizeof(buffer))) > 0) {
        size_t memory = watch_memory ? peak_memory(child) : 0;

        printing->bytes += (size_t)got;
        /* The process may exit before the last look: keep the maximum. */
        if (memory > printing->memory)
            printing->memory = memory;
    }
    close(ends[0]);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        fail_hard("printing failed");
}

static double sample_rows(void *argument) {
    struct printing *printing = argument;
    uint64_t start = nanoseconds();

    print_all(printing, false);
    return (double)printing->rows / (double)(nanoseconds() - start) * 1e9;
}

double sample_tool_list(void *argument) {
    const struct listed *listed = argument;
    struct printing printing = {.path = listed->path, .rows = listed->rows};

    return sample_rows(&printing);
}

/* wait4(2) would also count the memory that this process had at the fork. */
static double sample_memory(void *argument) {
    struct printing *printing = argument;

    print_all(printing, true);
    return (double)printing->memory;
}

static void measure_all(size_t count) {
    struct printing tool = {.path = seeded_store(count)->path, .rows = count};
    struct printing bare = {.rows = count};
    struct contender contenders[] = {
        {"accesstoken list --all --json", sample_rows, &tool, 0, 0},
        {"floor: a loop that writes as many bytes", sample_rows, &bare, 0, 0},
    };
    char title[128];

    print_all(&tool, false);
    bare.bytes = tool.bytes;
    snprintf(title, sizeof(title), "list %s tokens as JSON, rows",
             grouped(count));
    measure(title, PER_SECOND, contenders, 2, 3);
    contenders[0].sample = contenders[1].sample = sample_memory;
    snprintf(title, sizeof(title), "list %s tokens as JSON, peak memory",
             grouped(count));
    measure(title, BYTES, contenders, 2, 1);
}

void bench_list(void) {
    measure_pages(bench.small);
    measure_pages(bench.large);
    measure_users_page(bench.large);
    measure_all(bench.large);
}
