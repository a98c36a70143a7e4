/*
 * http_store.c - creates through the daemon, one at a time and many at once,
 * beside the library and SQLite; and the list of a whole store, beside the
 * tool's.
 */
#include <config.h>

#include "tests/bench/http.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bench/bench.h"
#include "tests/bench/daemon.h"
#include "tests/bench/sqlite.h"
#include "tests/bench/syncs.h"
#include "tests/support/pam_fixture.h"

#define ROUNDS 5
#define AT_ONCE 64
#define PAGE 1000

/* ------------------------------------------------------------------ creates
 */

/* Each contender also counts the syncs of a thousand creates, for the next
 * section. */
struct creating {
    struct second syncs;
    struct load load;         /* requests to the daemon */
    struct tokenstore *store; /* for the library */
    struct sqlite *sqlite[AT_ONCE];
    size_t each; /* creates in a sample, by each client */
    size_t clients;
};

static double per_create(struct creating *creating, unsigned int syncs_before,
                         double time) {
    double creates = (double)(creating->each * creating->clients);

    second_keep(&creating->syncs,
                (atomic_load(syncs) - syncs_before) / creates * 1000);
    return time / creates;
}

static double sample_daemon(void *argument) {
    struct creating *creating = argument;
    unsigned int before = atomic_load(syncs);
    struct load_result result;

    creating->load.connections = (unsigned int)creating->clients;
    creating->load.requests = creating->each * creating->clients;
    load_run(&creating->load, &result);
    return per_create(creating, before,
                      (double)result.requests / result.rate * 1e9);
}

static double sample_library(void *argument) {
    struct creating *creating = argument;
    unsigned int before = atomic_load(syncs);
    uint64_t start = nanoseconds();

    for (size_t i = 0; i < creating->each; i++) {
        struct tokenstore_bearer bearer;

        must("create",
             tokenstore_create(creating->store, token_of(1), time(NULL),
                               &bearer, NULL),
             creating->store);
    }
    return per_create(creating, before, (double)(nanoseconds() - start));
}

struct client {
    struct sqlite *sqlite;
    size_t creates;
};

static void *create_with_sqlite(void *argument) {
    const struct client *client = argument;

    for (size_t i = 0; i < client->creates; i++)
        sqlite_create(client->sqlite, 1);
    return NULL;
}

static double sample_sqlite(void *argument) {
    struct creating *creating = argument;
    unsigned int before = atomic_load(syncs);
    struct client clients[AT_ONCE];
    pthread_t threads[AT_ONCE];
    uint64_t start = nanoseconds();

    for (size_t i = 0; i < creating->clients; i++) {
        clients[i] = (struct client){creating->sqlite[i], creating->each};
        if (pthread_create(&threads[i], NULL, create_with_sqlite,
                           &clients[i]) != 0)
            fail_hard("no thread");
    }
    for (size_t i = 0; i < creating->clients; i++)
        pthread_join(threads[i], NULL);
    return per_create(creating, before, (double)(nanoseconds() - start));
}

/* A request for a token of the same user as in the other contenders. */
static struct load create_load(const struct daemon *daemon,
                               const char *header) {
    char text[512];

    snprintf(text, sizeof(text),
             "{\"user\":{\"domain\":\"API_NULL_DOMAIN\",\"name\":\"%s\"},"
             "\"name\":\"a machine's name\",\"scopes\":[\"" SCOPE "\"],"
             "\"expiration_time\":\"2099-01-01T00:00:00Z\"}",
             user_name(1));
    return (struct load){
        .port = daemon->server.port,
        .target = TOKENS_TARGET,
        .headers = {"Content-Type: application/json", header},
        .body = text_file("create.json", text),
    };
}

static void measure_creates(struct creating *creating) {
    struct contender contenders[] = {
        {.name = "accesstokend, 64 connections", .sample = sample_daemon},
        {.name = "accesstokend, 1 connection", .sample = sample_daemon},
        {.name = "libtokenstore, alone", .sample = sample_library},
        {.name = "SQLite, WAL, synchronous=FULL, 64 threads",
         .sample = sample_sqlite},
        {.name = "SQLite, WAL, synchronous=FULL, alone",
         .sample = sample_sqlite},
    };
    const size_t count = sizeof(contenders) / sizeof(contenders[0]);
    char title[128];

    for (size_t i = 0; i < count; i++) {
        creating[i].clients = i == 0 || i == 3 ? AT_ONCE : 1;
        creating[i].each = bench.quick               ? 2
                           : creating[i].clients > 1 ? 20
                                                     : 100;
        contenders[i].argument = &creating[i];
    }
    snprintf(title, sizeof(title), "create over TCP among %s tokens, each",
             grouped(bench.middle));
    measure(title, NANOSECONDS, contenders, count, ROUNDS);
    for (size_t i = 0; i < count; i++) {
        contenders[i].sample = second_tell;
        contenders[i].argument = &creating[i].syncs;
    }
    measure("1,000 creates: fsync, fdatasync and msync", CALLS, contenders,
            count, ROUNDS);
}

void measure_http_creates(const char *store) {
    static struct creating creating[5];
    struct daemon daemon = {.server.pid = 0};
    char header[AUTHORIZATION_SIZE], shared[PATH_MAX], path[PATH_MAX];

    snprintf(shared, sizeof(shared), "%s/syncs", fixture_directory());
    syncs_share(shared);
    setenv(SYNCS_FILE, shared, 1);
    issue_header(store, "tokens:admin", SCOPE, header);
    daemon_start(&daemon, store, true,
                 BUILD_DIRECTORY "/tests/bench/.libs/syncs_preload.so");
    creating[0].load = creating[1].load = create_load(&daemon, header);
    creating[2].store = fixture_open(store);
    fresh_path("http-sqlite", "tokens.sqlite", path);
    creating[4].sqlite[0] = sqlite_make(path, bench.middle);
    for (size_t i = 0; i < AT_ONCE; i++)
        creating[3].sqlite[i] = sqlite_open(path);
    measure_creates(creating);
    daemon_stop(&daemon);
    tokenstore_close(&creating[2].store);
    for (size_t i = 0; i < AT_ONCE; i++)
        sqlite_close(&creating[3].sqlite[i]);
    sqlite_close(&creating[4].sqlite[0]);
    remove_path(path);
}

/* --------------------------------------------------------------------- list
 */

struct listing {
    struct load load;
    size_t rows;
};

static double sample_pages(void *argument) {
    const struct listing *listing = argument;
    struct load_result result;

    load_run(&listing->load, &result);
    /* Each token is an object with at least two times. */
    if (result.bytes < 100.0 * (double)listing->rows)
        fail_hard("%.0f bytes for %zu tokens", result.bytes, listing->rows);
    return (double)listing->rows * result.rate / (double)result.requests;
}

/* Writes a file with the URI of every page, one to a line: the ids of a seeded
 * store are 1, 2, 3 and so on. */
static const char *write_uris(size_t rows, size_t *pages) {
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    const char *path;

    *pages = (rows + PAGE - 1) / PAGE;
    for (size_t i = 0; i < *pages; i++)
        fprintf(file, "http://localhost" TOKENS_TARGET "?after=%zu&limit=%d\n",
                i * PAGE, PAGE);
    fclose(file);
    path = text_file("uris", text);
    free(text);
    return path;
}

void measure_http_list(const struct seeded *seeded) {
    struct daemon daemon = {.server.pid = 0};
    struct listing listing = {.rows = seeded->count};
    struct listed listed = {seeded->path, seeded->count};
    const struct contender contenders[] = {
        {"accesstokend, pages of 1,000", sample_pages, &listing, 0, 0},
        {"accesstoken list --all --json", sample_tool_list, &listed, 0, 0},
    };
    char title[128];

    daemon_start(&daemon, seeded->path, true, NULL);
    listing.load =
        (struct load){.unix_socket = daemon.api_socket, .connections = 1};
    listing.load.uris = write_uris(seeded->count, &listing.load.requests);
    snprintf(title, sizeof(title), "list %s tokens over a Unix socket, rows",
             grouped(seeded->count));
    measure(title, PER_SECOND, contenders, 2, 3);
    daemon_stop(&daemon);
}
