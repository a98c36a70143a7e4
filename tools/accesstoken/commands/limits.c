/*
 * limits.c - accesstoken limits: print the limits that apply.
 */
#include <config.h>

#include "tools/accesstoken/commands/limits.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"

static void put_duration(const char *key, int64_t seconds) {
    char text[TOKENSTORE_DURATION_SIZE];

    if (seconds == 0 ||
        tokenstore_duration_format(seconds, text) != TOKENSTORE_OK)
        printf("%s: none\n", key);
    else
        printf("%s: %s\n", key, text);
}

static void put_lines(const char *file, const struct limits *limits) {
    fputs("file: ", stdout);
    print_safe(stdout, file);
    puts(limits->found ? "" : " (does not exist)");
    if (limits->store.tokens_per_user != 0)
        printf("tokens_per_user: %" PRIu32 "\n",
               limits->store.tokens_per_user);
    else
        puts("tokens_per_user: none");
    put_duration("lifetime_max", limits->store.lifetime_max);
    put_duration("lifetime_default", limits->lifetime_default);
    printf("creation_burst: %" PRIu32 "\n", limits->creation_burst);
    put_duration("creation_interval", limits->creation_interval);
    printf("name_required: %s\n", limits->store.name_required ? "yes" : "no");
    fputs("self_service_scopes:", stdout);
    for (size_t i = 0; i < limits->self_service_count; i++)
        printf(" %s", limits->self_service[i]);
    puts(limits->self_service_count == 0 ? " none" : "");
}

/* A limit that is not set is left out. */
static void put_number(struct json_writer *json, const char *key,
                       int64_t number) {
    if (number <= 0)
        return;
    json_put_key(json, key);
    json_put_number(json, (uint64_t)number);
}

static enum exit_code put_json(const char *file, const struct limits *limits) {
    struct json_writer json = {0};

    json_begin_object(&json);
    json_put_key(&json, "file");
    json_put_string(&json, file);
    json_put_key(&json, "found");
    json_put_bool(&json, limits->found);
    put_number(&json, "tokens_per_user", limits->store.tokens_per_user);
    put_number(&json, "lifetime_max", limits->store.lifetime_max);
    put_number(&json, "lifetime_default", limits->lifetime_default);
    put_number(&json, "creation_burst", limits->creation_burst);
    put_number(&json, "creation_interval", limits->creation_interval);
    json_put_key(&json, "name_required");
    json_put_bool(&json, limits->store.name_required);
    json_put_key(&json, "self_service_scopes");
    json_begin_array(&json);
    for (size_t i = 0; i < limits->self_service_count; i++)
        json_put_string(&json, limits->self_service[i]);
    json_end_array(&json);
    json_end_object(&json);
    return print_json(&json);
}

/* Reads the limits.  If those in force cannot be used, accesstokend refuses
 * the same as this program. */
static enum exit_code read_them(const struct context *context,
                                struct limits *limits) {
    char message[PATH_MAX + TOKENSTORE_MESSAGE_SIZE];

    if (context->options.limits != NULL)
        return read_limits(context, limits);
    if (limits_read(NULL, limits, message, sizeof(message)))
        return EXIT_OK;
    complain(LIMITS_IN_FORCE ": %s", message);
    return EXIT_UNAVAILABLE;
}

enum exit_code command_limits(struct context *context) {
    const struct options *options = &context->options;
    const char *file =
        options->limits != NULL ? options->limits : limits_default_path();
    enum exit_code code = expect_arguments(context, 0, NULL);
    struct limits limits;

    if (code == EXIT_OK)
        code = read_them(context, &limits);
    if (code != EXIT_OK)
        return code;
    if (options->json)
        return put_json(file, &limits);
    put_lines(file, &limits);
    return EXIT_OK;
}
