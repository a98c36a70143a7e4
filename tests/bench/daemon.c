/*
 * daemon.c - run accesstokend on a store, and prepare requests to it.
 */
#include <config.h>

#include "tests/bench/daemon.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/pam_fixture.h"

static void set_arguments(struct daemon *daemon, const char *store,
                          bool one_thread, const char *group) {
    const char *const arguments[] = {
        BUILD_DIRECTORY "/.libs/accesstokend",
        "--store",
        store,
        "--limits",
        daemon->limits,
        "--api-socket",
        daemon->api_socket,
        "--admin-group",
        group,
        "--verify-socket",
        daemon->server.unix_socket,
        "--verify-socket-group",
        group,
        "--listen",
        "127.0.0.1:0",
        one_thread ? "--threads" : NULL,
        "1",
        NULL,
    };

    memcpy(daemon->arguments, arguments, sizeof(arguments));
    daemon->server.arguments = daemon->arguments;
}

void daemon_start(struct daemon *daemon, const char *store, bool one_thread,
                  const char *preload) {
    struct group entry, *group = NULL;
    char buffer[65536];
    const char *directory = fixture_directory();

    if (getgrgid_r(getegid(), &entry, buffer, sizeof(buffer), &group) != 0 ||
        group == NULL)
        fail_hard("gid %u has no name", (unsigned int)getegid());
    /* The program itself, without libtool's wrapper script. */
    setenv("LD_LIBRARY_PATH", BUILD_DIRECTORY "/.libs", 1);
    server_name(&daemon->server,
                one_thread ? "accesstokend" : "accesstokend-threads");
    snprintf(daemon->api_socket, sizeof(daemon->api_socket), "%s/%s-api.sock",
             directory, one_thread ? "one" : "all");
    daemon->limits = text_file("limits.conf", "");
    set_arguments(daemon, store, one_thread, group->gr_name);
    daemon->server.preload = preload;
    server_start(&daemon->server);
    server_listens(&daemon->server, "accesstokend: ");
    server_answers(&daemon->server);
}

void daemon_stop(struct daemon *daemon) {
    int status = server_stop(&daemon->server);

    if (status != 0)
        fail_hard("accesstokend ended with %d", status);
}

void issue_header(const char *store, const char *scope, const char *other,
                  char header[AUTHORIZATION_SIZE]) {
    const struct fixture_token token = {.store = store,
                                        .scopes = {scope, other}};
    struct tokenstore_bearer bearer;

    fixture_issue(&token, &bearer);
    snprintf(header, AUTHORIZATION_SIZE, "Authorization: Bearer %s",
             bearer.text);
}

const char *text_file(const char *name, const char *text) {
    char path[PATH_MAX];
    char *kept;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", fixture_directory(), name);
    file = fopen(path, "we");
    kept = strdup(path);
    if (file == NULL || kept == NULL || fputs(text, file) < 0 ||
        fclose(file) != 0)
        fail_hard("%s: %m", path);
    return kept;
}

void second_keep(struct second *second, double value) {
    if (second->kept == sizeof(second->values) / sizeof(second->values[0]))
        fail_hard("too many samples");
    second->values[second->kept++] = value;
}

double second_tell(void *argument) {
    struct second *second = argument;

    if (second->told == second->kept)
        fail_hard("more samples than before");
    return second->values[second->told++];
}
