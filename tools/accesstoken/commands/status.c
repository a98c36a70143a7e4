/*
 * status.c - accesstoken status: show the state of the store, the daemon and
 * PAM.  Changes nothing; what cannot be read does not hide the rest.
 */
#include <config.h>

#include "tools/accesstoken/commands/status.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/pam_output.h"
#include "tools/accesstoken/pam_services.h"
#include "tools/accesstoken/probe.h"
#include "tools/accesstoken/statistics.h"
#include "tools/common/limits_file.h"
#include "tools/common/token_json.h"

struct state {
    const char *store;   /* its path or URI */
    const char *problem; /* why the tokens cannot be read; NULL: they can */
    bool has_file;
    struct stat file;
    char owner[TOKENSTORE_NAME_MAX + 1];
    char id[TOKENSTORE_STORE_ID_SIZE]; /* "": it has none, or is remote */
    struct statistics statistics;
    bool is_here; /* the store is on this machine; the rest is about it */
    enum probe probes[PROBE_SOCKETS];
    struct pam_services services;
    char limits[PATH_MAX + TOKENSTORE_MESSAGE_SIZE]; /* what is wrong, or "" */
};

/* -------------------------------------------------------------------- read */

static void name_owner(uid_t uid, char *name, size_t size) {
    struct tokenstore_identity *given = NULL, *account = NULL;

    snprintf(name, size, "uid:%lu", (unsigned long)uid);
    if (tokenstore_identity_parse(name, &given) == TOKENSTORE_OK &&
        tokenstore_identity_resolve(given, false, &account) == TOKENSTORE_OK)
        snprintf(name, size, "%s", tokenstore_identity_name(account));
    tokenstore_identity_free(&given);
    tokenstore_identity_free(&account);
}

/* A file that only administrators may read is no problem of the caller. */
static void read_problem_of_limits(struct state *state) {
    struct limits limits;

    if (geteuid() != 0 && eaccess(limits_default_path(), R_OK) != 0 &&
        errno == EACCES)
        return;
    if (limits_read(NULL, &limits, state->limits, sizeof(state->limits)))
        state->limits[0] = '\0';
}

static enum exit_code read_state(struct context *context,
                                 struct state *state) {
    enum exit_code code;

    state->store = tokenstore_path(context->store);
    if (!store_is_remote(context) && stat(state->store, &state->file) == 0) {
        state->has_file = true;
        name_owner(state->file.st_uid, state->owner, sizeof(state->owner));
    }
    /* If this fails, so does reading the tokens, which says why. */
    if (tokenstore_store_id(context->store, state->id) != TOKENSTORE_OK)
        state->id[0] = '\0';
    code = statistics_take(context, &state->statistics);
    if (code != EXIT_OK)
        state->problem = tokenstore_message(context->store);
    state->is_here = strncmp(state->store, "http", 4) != 0;
    if (!state->is_here)
        return code;
    for (size_t i = 0; i < PROBE_SOCKETS; i++)
        state->probes[i] = probe_socket(i);
    read_problem_of_limits(state);
    if (!pam_services_read(&state->services))
        return out_of_memory();
    return code;
}

/* -------------------------------------------------------------------- text */

static void put_key(const char *key) { printf("%-10s ", key); }

static void put_size(off_t bytes) {
    static const char *const units[] = {"KiB", "MiB", "GiB"};
    double size = (double)bytes / 1024;
    size_t unit = 0;

    for (; size >= 1024 && unit + 1 < sizeof(units) / sizeof(*units); unit++)
        size /= 1024;
    printf("%.1f %s\n", size, units[unit]);
}

static void put_tokens(const struct statistics *statistics) {
    put_key("tokens:");
    printf("%" PRIu64 ": %" PRIu64 " active, %" PRIu64 " disabled, %" PRIu64
           " expired\n",
           statistics->total, statistics->active, statistics->disabled,
           statistics->expired);
    put_key("expiring:");
    printf("%" PRIu64 " within 7 days\n", statistics->expiring);
    put_key("users:");
    printf("%" PRIu64, statistics->user_count);
    for (size_t i = 0; i < statistics->top_count; i++) {
        fputs(i == 0 ? ": " : ", ", stdout);
        print_safe(stdout, statistics->top[i]->name);
        printf(" %" PRIu64, statistics->top[i]->tokens);
    }
    puts(statistics->user_count > statistics->top_count ? ", ..." : "");
}

static void put_unused(const struct statistics_unused *unused) {
    char since[TOKENSTORE_TIME_SIZE];

    if (unused->id == 0 ||
        tokenstore_time_format(unused->since, since) != TOKENSTORE_OK)
        return;
    put_key("unused:");
    printf("token %" PRIu64 " of ", unused->id);
    print_safe(stdout, unused->user);
    if (unused->name[0] != '\0') {
        fputs(" (", stdout);
        print_safe(stdout, unused->name);
        putchar(')');
    }
    printf(", %s %s\n", unused->used ? "last used" : "never used, created",
           since);
}

static void put_orphaned(const struct statistics *statistics) {
    if (statistics->orphaned == 0 && statistics->unanswered == 0)
        return;
    put_key("orphaned:");
    if (statistics->orphaned > 0)
        printf("%" PRIu64 " token%s whose account is gone or has another uid; "
               "run: accesstoken prune --orphaned\n",
               statistics->orphaned, plural(statistics->orphaned));
    if (statistics->orphaned > 0 && statistics->unanswered > 0)
        put_key("");
    if (statistics->unanswered > 0)
        printf("not known for %" PRIu64 " token%s: %s\n",
               statistics->unanswered, plural(statistics->unanswered),
               tokenstore_strerror(TOKENSTORE_ERROR_NSS_UNAVAILABLE));
}

static void put_here(const struct state *state) {
    const struct pam_services *services = &state->services;

    for (size_t i = 0; i < PROBE_SOCKETS; i++) {
        put_key(i == 0 ? "daemon:" : "");
        printf("%s: %s\n", probe_paths[i], probe_text(state->probes[i]));
    }
    if (state->limits[0] != '\0') {
        put_key("limits:");
        fputs(LIMITS_IN_FORCE ": ", stdout);
        print_safe(stdout, state->limits);
        putchar('\n');
    }
    for (size_t i = 0; i < services->count; i++) {
        put_key(i == 0 ? "pam:" : "");
        pam_service_print(&services->list[i]);
    }
    if (services->count == 0 || services->incomplete)
        put_key(services->count == 0 ? "pam:" : "");
    if (services->incomplete)
        puts("some files could not be read");
    else if (services->count == 0)
        puts("no service uses pam_accesstoken.so");
}

static void put_lines(const struct state *state) {
    put_key("store:");
    print_safe(stdout, state->store);
    putchar('\n');
    if (state->has_file) {
        put_key("owner:");
        print_safe(stdout, state->owner);
        putchar('\n');
        if (state->problem == NULL) {
            put_key("format:");
            printf("%d\n", TOKENSTORE_FORMAT);
        }
        if (state->id[0] != '\0') {
            put_key("id:");
            puts(state->id);
        }
        put_key("size:");
        put_size(state->file.st_size);
    }
    if (state->problem == NULL) {
        put_tokens(&state->statistics);
        put_unused(&state->statistics.unused);
        put_orphaned(&state->statistics);
    }
    if (state->is_here)
        put_here(state);
}

/* -------------------------------------------------------------------- JSON */

static void json_number(struct json_writer *json, const char *key,
                        uint64_t number) {
    json_put_key(json, key);
    json_put_number(json, number);
}

static void json_string(struct json_writer *json, const char *key,
                        const char *text) {
    json_put_key(json, key);
    json_put_string(json, text);
}

static void json_tokens(struct json_writer *json,
                        const struct statistics *statistics, bool is_here) {
    json_put_key(json, "tokens");
    json_begin_object(json);
    json_number(json, "total", statistics->total);
    json_number(json, "active", statistics->active);
    json_number(json, "disabled", statistics->disabled);
    json_number(json, "expired", statistics->expired);
    json_number(json, "expiring", statistics->expiring);
    if (is_here) {
        json_number(json, "orphaned", statistics->orphaned);
        json_number(json, "account_unknown", statistics->unanswered);
    }
    json_end_object(json);
    json_put_key(json, "users");
    json_begin_object(json);
    json_number(json, "total", statistics->user_count);
    json_put_key(json, "top");
    json_begin_array(json);
    for (size_t i = 0; i < statistics->top_count; i++) {
        json_begin_object(json);
        json_string(json, "name", statistics->top[i]->name);
        json_number(json, "tokens", statistics->top[i]->tokens);
        json_end_object(json);
    }
    json_end_array(json);
    json_end_object(json);
}

static void json_unused(struct json_writer *json,
                        const struct statistics_unused *unused) {
    char since[TOKENSTORE_TIME_SIZE];

    if (unused->id == 0 ||
        tokenstore_time_format(unused->since, since) != TOKENSTORE_OK)
        return;
    json_put_key(json, "longest_unused");
    json_begin_object(json);
    json_put_key(json, "id");
    token_json_id(json, unused->id);
    json_string(json, "user", unused->user);
    if (unused->name[0] != '\0')
        json_string(json, "name", unused->name);
    json_string(json, "since", since);
    json_put_key(json, "used");
    json_put_bool(json, unused->used);
    json_end_object(json);
}

static void json_here(struct json_writer *json, const struct state *state) {
    const struct pam_services *services = &state->services;

    json_put_key(json, "daemon");
    json_begin_array(json);
    for (size_t i = 0; i < PROBE_SOCKETS; i++) {
        json_begin_object(json);
        json_string(json, "socket", probe_paths[i]);
        json_string(json, "state", probe_name(state->probes[i]));
        json_end_object(json);
    }
    json_end_array(json);
    if (state->limits[0] != '\0')
        json_string(json, "limits_problem", state->limits);
    json_put_key(json, "pam");
    pam_services_json(json, services);
}

static enum exit_code put_json(const struct state *state) {
    struct json_writer json = {0};

    json_begin_object(&json);
    json_string(&json, "store", state->store);
    if (state->problem != NULL)
        json_string(&json, "problem", state->problem);
    if (state->has_file) {
        json_string(&json, "owner", state->owner);
        if (state->problem == NULL)
            json_number(&json, "format", TOKENSTORE_FORMAT);
        if (state->id[0] != '\0')
            json_string(&json, "id", state->id);
        json_number(&json, "size", (uint64_t)state->file.st_size);
    }
    if (state->problem == NULL) {
        json_tokens(&json, &state->statistics, state->has_file);
        json_unused(&json, &state->statistics.unused);
    }
    if (state->is_here)
        json_here(&json, state);
    json_end_object(&json);
    return print_json(&json);
}

/* ----------------------------------------------------------------- command */

enum exit_code command_status(struct context *context) {
    struct state state = {.store = NULL};
    enum exit_code printed = EXIT_OK;
    enum exit_code code = expect_arguments(context, 0, NULL);

    if (code == EXIT_OK)
        code = open_store(context);
    if (code != EXIT_OK)
        return code;
    code = read_state(context, &state);
    if (context->options.json)
        printed = put_json(&state);
    else
        put_lines(&state);
    statistics_free(&state.statistics);
    pam_services_free(&state.services);
    return code != EXIT_OK ? code : printed;
}
