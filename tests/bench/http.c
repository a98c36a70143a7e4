/*
 * http.c - the daemon's verify beside nginx, its introspection beside npm's
 * oidc-provider, and both beside a bare libmicrohttpd. The servers use one
 * thread, unless the name of the contender says otherwise.
 */
#include <config.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/daemon.h"
#include "tests/bench/http.h"
#include "tests/bench/stores.h"
#include "tests/support/pam_fixture.h"

#define ROUNDS 5

static const unsigned int connections[] = {1, 16, 64};

#define CONNECTIONS (sizeof(connections) / sizeof(connections[0]))

/* One server, which gets requests as fast as it answers them. */
struct asked {
    struct second processor; /* processor time of each request */
    struct server *server;
    struct load load;
    double least; /* bytes that the body of each answer has at least */
};

static double sample_rate(void *argument) {
    struct asked *asked = argument;
    double before = server_processor_time(asked->server);
    struct load_result result;

    load_run(&asked->load, &result);
    if (result.bytes < asked->least * (double)result.requests)
        fail_hard("%s: an answer is too short", asked->server->name);
    second_keep(&asked->processor,
                (server_processor_time(asked->server) - before) /
                    (double)result.requests);
    return result.rate;
}

/* Measures the rate of each server, then its processor time. */
static void measure_rates(const char *what, struct contender *contenders,
                          struct asked *asked, size_t count,
                          unsigned int clients) {
    char title[128];

    for (size_t i = 0; i < count; i++) {
        asked[i].processor = (struct second){.kept = 0};
        asked[i].load.connections = clients;
        asked[i].load.requests = bench.quick ? 10 * clients : 0;
        contenders[i].sample = sample_rate;
        contenders[i].argument = &asked[i];
    }
    snprintf(title, sizeof(title), "%s, %u connection%s, requests", what,
             clients, clients == 1 ? "" : "s");
    measure(title, PER_SECOND, contenders, count, ROUNDS);
    for (size_t i = 0; i < count; i++) {
        contenders[i].sample = second_tell;
        contenders[i].argument = &asked[i].processor;
    }
    snprintf(title, sizeof(title),
             "%s, %u connection%s, the server's processor", what, clients,
             clients == 1 ? "" : "s");
    measure(title, NANOSECONDS, contenders, count, ROUNDS);
}

/* ------------------------------------------------------------------- verify
 */

static unsigned int free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        fail_hard("loopback: %m");
    close(fd);
    return ntohs(address.sin_port);
}

static void start_nginx(struct server *nginx) {
    static const char *arguments[] = {NGINX, "-c", NULL, "-e", "stderr", NULL};
    char directory[PATH_MAX], text[8 * PATH_MAX];

    /* nginx needs a directory of its own: as root it changes the owner. */
    fresh_path("nginx", "", directory);
    server_name(nginx, "nginx");
    nginx->port = free_port();
    snprintf(text, sizeof(text),
             "daemon off;\nworker_processes 1;\npid %s/nginx.pid;\n"
             "error_log stderr;\n"
             "events { worker_connections 1024; }\n"
             "http {\n"
             "    access_log off;\n"
             "    keepalive_requests 1000000000;\n"
             "    client_body_temp_path %s;\n    proxy_temp_path %s;\n"
             "    fastcgi_temp_path %s;\n    uwsgi_temp_path %s;\n"
             "    scgi_temp_path %s;\n"
             "    server {\n"
             "        listen 127.0.0.1:%u;\n"
             "        listen unix:%s;\n"
             "        location / { return 200; }\n"
             "    }\n"
             "}\n",
             directory, directory, directory, directory, directory, directory,
             nginx->port, nginx->unix_socket);
    arguments[2] = text_file("nginx.conf", text);
    nginx->arguments = arguments;
    server_start(nginx);
    server_answers(nginx);
}

static void start_floor(struct server *floor, const struct kept *kept) {
    static const char *arguments[] = {
        BUILD_DIRECTORY "/tests/bench/floor_http",
        NULL,
        NULL,
        NULL,
        NULL,
        NULL};
    static char number[32];
    uint64_t id;

    must(
        "id",
        tokenstore_bearer_id(kept->bearer.text, TOKENSTORE_BEARER_LENGTH, &id),
        NULL);
    snprintf(number, sizeof(number), "%llu", (unsigned long long)id);
    server_name(floor, "floor");
    arguments[1] = floor->unix_socket;
    arguments[2] = fixture_me();
    arguments[3] = number;
    arguments[4] = SCOPE;
    floor->arguments = arguments;
    server_start(floor);
    server_listens(floor, "");
    server_answers(floor);
}

static void measure_verify(struct daemon *daemon, struct server *floor,
                           const struct kept *kept) {
    enum { ACCESSTOKEND, NGINX_200, FLOOR, SERVERS };
    struct contender contenders[SERVERS] = {
        [ACCESSTOKEND] = {.name = "accesstokend"},
        [NGINX_200] = {.name = "nginx: return 200"},
        [FLOOR] = {.name = "floor: libmicrohttpd, the same headers"},
    };
    struct server nginx = {.pid = 0};
    struct server *const servers[SERVERS] = {&daemon->server, &nginx, floor};
    struct asked asked[SERVERS] = {0};
    char header[AUTHORIZATION_SIZE];

    start_nginx(&nginx);
    snprintf(header, sizeof(header), "Authorization: Bearer %s",
             kept->bearer.text);
    for (size_t over_unix = 0; over_unix < 2; over_unix++)
        for (size_t i = 0; i < CONNECTIONS; i++) {
            for (size_t k = 0; k < SERVERS; k++) {
                asked[k].server = servers[k];
                asked[k].load = (struct load){
                    .unix_socket = over_unix ? servers[k]->unix_socket : NULL,
                    .port = servers[k]->port,
                    .target = "/v1/auth/verify?require_scope=" SCOPE,
                    .headers = {header},
                };
            }
            measure_rates(over_unix ? "verify over a Unix socket"
                                    : "verify over TCP",
                          contenders, asked, SERVERS, connections[i]);
        }
    server_stop(&nginx);
}

/* --------------------------------------------------------------- introspect
 */

/* An answer about a token that is not valid is shorter: {"active":false}. */
#define ACTIVE_LENGTH 50

/* Starts npm's oidc-provider. If that cannot run here, prints why and returns
 * false. */
static bool start_oidc(struct server *oidc, struct asked *asked) {
    static const char *const arguments[] = {
        "/bin/sh", SOURCE_DIRECTORY "/tests/bench/oidc/serve.sh", NULL};
    char line[256] = "", text[300];

    server_name(oidc, "oidc-provider");
    oidc->arguments = arguments;
    server_start(oidc);
    if (!server_says(oidc, "token ", line, sizeof(line))) {
        if (!server_says(oidc, "skipped: ", line, sizeof(line)))
            server_print_log(oidc);
        printf("\noidc-provider is not measured: %s\n",
               line[0] != '\0' ? line : "it does not run");
        server_stop(oidc);
        return false;
    }
    server_listens(oidc, "");
    snprintf(text, sizeof(text), "token=%s", line);
    asked->server = oidc;
    asked->least = ACTIVE_LENGTH;
    asked->load = (struct load){
        .port = oidc->port,
        .target = "/token/introspection",
        .headers = {"Content-Type: application/x-www-form-urlencoded",
                    /* bench:bench */
                    "Authorization: Basic YmVuY2g6YmVuY2g="},
        .body = text_file("oidc.form", text),
    };
    return true;
}

static void measure_introspect(struct daemon *daemon, struct server *floor,
                               const char *store, const struct kept *kept) {
    enum { ACCESSTOKEND, ITS_THREADS, FLOOR, OIDC, SERVERS };
    struct contender contenders[SERVERS] = {
        [ACCESSTOKEND] = {.name = "accesstokend"},
        [ITS_THREADS] = {.name = "the same, a thread a processor"},
        [FLOOR] = {.name = "floor: libmicrohttpd, the same answer"},
        [OIDC] = {.name = "oidc-provider, in memory"},
    };
    struct server oidc = {.pid = 0};
    struct daemon threads = {.server.pid = 0};
    struct asked asked[SERVERS] = {0};
    char header[AUTHORIZATION_SIZE], text[AUTHORIZATION_SIZE];
    bool all;

    issue_header(store, "tokens:introspect", NULL, header);
    snprintf(text, sizeof(text), "token=%s", kept->bearer.text);
    asked[ACCESSTOKEND].server = &daemon->server;
    asked[ACCESSTOKEND].least = ACTIVE_LENGTH;
    asked[ACCESSTOKEND].load = (struct load){
        .port = daemon->server.port,
        .target = "/v1/auth/introspect",
        .headers = {"Content-Type: application/x-www-form-urlencoded", header},
        .body = text_file("introspect.form", text),
    };
    daemon_start(&threads, store, false, NULL);
    asked[ITS_THREADS] = asked[ACCESSTOKEND];
    asked[ITS_THREADS].server = &threads.server;
    asked[ITS_THREADS].load.port = threads.server.port;
    asked[FLOOR] = asked[ACCESSTOKEND];
    asked[FLOOR].server = floor;
    asked[FLOOR].load.port = floor->port;
    all = start_oidc(&oidc, &asked[OIDC]);
    for (size_t i = 0; i < CONNECTIONS; i++)
        measure_rates("introspect over TCP", contenders, asked,
                      all ? SERVERS : OIDC, connections[i]);
    if (all)
        server_stop(&oidc);
    daemon_stop(&threads);
}

void bench_http(void) {
    const struct seeded *seeded = seeded_store(bench.middle);
    struct daemon daemon = {.server.pid = 0};
    struct server floor = {.pid = 0};
    char store[PATH_MAX];

    fresh_path("http", "tokens.tdb", store);
    copy_file(seeded->path, store);
    daemon_start(&daemon, store, true, NULL);
    start_floor(&floor, &seeded->accounts[0]);
    measure_introspect(&daemon, &floor, store, &seeded->accounts[0]);
    measure_verify(&daemon, &floor, &seeded->accounts[0]);
    server_stop(&floor);
    daemon_stop(&daemon);
    measure_http_creates(store);
    remove_path(store);
    measure_http_list(seeded_store(bench.large));
}
