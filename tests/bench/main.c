/*
 * main.c - measure what access tokens cost beside comparable programs
 * (doc/PERFORMANCE.md). Works in a directory of its own and removes it.
 */
#include <config.h>

#include <fnmatch.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/serve.h"
#include "tests/support/pam_fixture.h"

/* The groups run in this order, and the first that needs a store makes it. The
 * group "pam" needs most from the machine, so it comes first: if something is
 * missing, the benchmark fails at once. */
static const struct group {
    const char *name;
    const char *what;
    void (*run)(void);
} groups[] = {
    {"pam", "logins through PAM, beside other modules", bench_pam},
    {"use", "what it costs a login to note the last use", bench_use},
    {"load", "what it costs to load the modules", bench_load},
    {"verify", "the library's verify on an open handle", bench_verify},
    {"change", "create, revoke and rotate", bench_change},
    {"batch", "create 10,000 tokens", bench_batch},
    {"list", "pages of tokens, and all of them as JSON", bench_list},
    {"disk", "bytes on disk for each token", bench_disk},
    {"processes", "many processes that verify at once", bench_processes},
    {"http", "the daemon: verify, introspect, create, list", bench_http},
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static void print_help(void) {
    printf("usage: bench [OPTION]...\n\n"
           "  --directory DIR  where the stores are made ($TMPDIR, or .)\n"
           "  --json FILE      write the figures as JSON as well\n"
           "  --only PATTERN   only the groups whose names match the pattern\n"
           "  --quick          check that every contender answers; ignore "
           "figures\n"
           "  --help\n\nGroups:\n");
    for (size_t i = 0; i < GROUPS; i++)
        printf("  %-12s %s\n", groups[i].name, groups[i].what);
}

struct options {
    const char *directory;
    const char *json;
    const char *only;
    /* For the processes in which the benchmark runs itself: */
    const char *floor; /* a bare tdb file: serve as the floor of a login */
    size_t rows;       /* print so many rows of this length */
    size_t row_length;
};

static void parse_options(struct options *options, int argc, char **argv) {
    static const struct option known[] = {
        {"directory", required_argument, NULL, 'd'},
        {"json", required_argument, NULL, 'j'},
        {"only", required_argument, NULL, 'o'},
        {"quick", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},
        {"serve-floor", required_argument, NULL, 'f'},
        {"print-rows", required_argument, NULL, 'p'},
        {0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'd':
            options->directory = optarg;
            break;
        case 'j':
            options->json = optarg;
            break;
        case 'o':
            options->only = optarg;
            break;
        case 'q':
            bench.quick = true;
            break;
        case 'f':
            options->floor = optarg;
            break;
        case 'p':
            if (sscanf(optarg, "%zux%zu", &options->rows,
                       &options->row_length) != 2)
                exit(2);
            break;
        case 'h':
            print_help();
            exit(0);
        default:
            exit(2);
        }
    }
    if (optind < argc)
        fail_hard("%s: not an option; see --help", argv[optind]);
}

static void serve_floor(const char *line, void *argument) {
    bare_login(argument, strtoul(line, NULL, 10));
}

static void write_json(const char *path) {
    struct json_writer json = {0};
    FILE *file = fopen(path, "w");

    json_begin_object(&json);
    put_machine(&json);
    json_put_key(&json, "quick");
    json_put_bool(&json, bench.quick);
    put_sections(&json);
    json_end_object(&json);
    json_newline(&json);
    if (json.failed || file == NULL ||
        fwrite(json.data, 1, json.length, file) != json.length ||
        fclose(file) != 0)
        fail_hard("%s: %m", path);
    json_free(&json);
}

static void run_groups(const char *only) {
    bool any = false;

    for (size_t i = 0; i < GROUPS; i++) {
        if (only != NULL && fnmatch(only, groups[i].name, 0) != 0)
            continue;
        any = true;
        bench.group = groups[i].name;
        groups[i].run();
    }
    if (!any)
        fail_hard("--only %s: there is no such group; see --help", only);
}

int main(int argc, char **argv) {
    struct options options = {.directory = getenv("TMPDIR")};
    char *directory;

    parse_options(&options, argc, argv);
    if (sodium_init() < 0)
        fail_hard("libsodium does not work");
    if (options.floor != NULL)
        return serve(serve_floor, (void *)(uintptr_t)options.floor);
    if (options.rows > 0)
        print_rows(options.rows, options.row_length);
    directory =
        realpath(options.directory != NULL ? options.directory : ".", NULL);
    if (directory == NULL || setenv("TMPDIR", directory, 1) != 0)
        fail_hard("%s: %m", options.directory);
    free(directory);
    /* With this variable every change would cost too little. */
    unsetenv("TDB_NO_FSYNC");
    bench.small = bench.quick ? 100 : 1000;
    bench.middle = bench.quick ? 1000 : 100000;
    bench.large = bench.quick ? 2000 : 1000000;
    /* On SIGINT the parent stays and removes the directory. */
    signal(SIGINT, SIG_IGN);
    fixture_begin(2 * 60 * 60);
    signal(SIGINT, SIG_DFL);
    print_machine();
    run_groups(options.only);
    print_answered();
    if (options.json != NULL)
        write_json(options.json);
    return 0;
}
