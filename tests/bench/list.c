/*
 * list.c - pages of tokens, and all of them as the admin tool prints them.
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bare.h"
#include "bench.h"
#include "pam_fixture.h"
#include "stores.h"

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

    snprintf(title, sizeof title, "%s of 100 among %s tokens", what,
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
    const char *path;
    size_t rows;
    size_t bytes; /* that the tool printed */
    double memory;
};

/* The same bytes again, row by row. */
_Noreturn static void print_bare(const struct printing *printing) {
    size_t length = printing->bytes / printing->rows;
    char *row = malloc(length + 1);

    if (row == NULL)
        _exit(99);
    memset(row, 'x', length);
    for (size_t i = 0; i < printing->rows; i++)
        if (fwrite(row, 1, length, stdout) != length)
            _exit(99);
    _exit(fflush(stdout) == 0 ? 0 : 99);
}

/* The program itself: what stands in the build directory under its name is a
 * script of libtool's, which would be measured as well. */
_Noreturn static void print_tokens(const struct printing *printing) {
    static const char tool[] = BUILD_DIRECTORY "/.libs/accesstoken";

    setenv("LD_LIBRARY_PATH", BUILD_DIRECTORY "/.libs", 1);
    execl(tool, tool, "--store", printing->path, "list", "--all", "--json",
          NULL);
    _exit(99);
}

/* Rows a second, read from a pipe as fast as they come. */
static double sample_rows(struct printing *printing, bool bare) {
    static char buffer[1 << 16];
    uint64_t start = nanoseconds();
    struct rusage usage;
    size_t bytes = 0;
    ssize_t got;
    int status, ends[2];
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0 || fflush(stdout) != 0)
        fail_hard("pipe: %m");
    /* Not vfork: the memory of this process would count as the child's. */
    child = fork();
    if (child == 0) {
        if (dup2(ends[1], STDOUT_FILENO) < 0)
            _exit(99);
        close(ends[0]);
        if (bare)
            print_bare(printing);
        print_tokens(printing);
    }
    close(ends[1]);
    while ((got = read(ends[0], buffer, sizeof buffer)) > 0)
        bytes += (size_t)got;
    close(ends[0]);
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0)
        fail_hard("printing failed");
    if (!bare)
        printing->bytes = bytes;
    printing->memory = (double)usage.ru_maxrss * 1024;
    return (double)printing->rows /
           ((double)(nanoseconds() - start) / 1000000000);
}

static double sample_tool(void *argument) {
    return sample_rows(argument, false);
}

static double sample_bare(void *argument) {
    return sample_rows(argument, true);
}

/* Of the last time. */
static double sample_memory(void *argument) {
    const struct printing *printing = argument;

    return printing->memory;
}

static void measure_all(size_t count) {
    struct printing ours = {.path = seeded_store(count)->path, .rows = count};
    struct printing bare = ours;
    const struct contender speeds[] = {
        {"accesstoken list --all --json", sample_tool, &ours, 0, 0},
        {"floor: a loop that writes as many bytes", sample_bare, &bare, 0, 0},
    };
    const struct contender memories[] = {
        {"accesstoken list --all --json", sample_memory, &ours, 0, 0},
        {"floor: a loop that writes as many bytes", sample_memory, &bare, 0,
         0},
    };
    char title[128];

    sample_tool(&ours);
    bare.bytes = ours.bytes;
    snprintf(title, sizeof title, "list %s tokens as JSON, rows",
             grouped(count));
    measure(title, PER_SECOND, speeds, 2, 3);
    snprintf(title, sizeof title, "list %s tokens as JSON, peak memory",
             grouped(count));
    measure(title, BYTES, memories, 2, 1);
}

void bench_list(void) {
    measure_pages(bench.small);
    measure_pages(bench.large);
    measure_users_page(bench.large);
    measure_all(bench.large);
}
