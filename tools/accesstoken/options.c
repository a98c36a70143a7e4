/*
 * options.c - read a command's arguments; see options.h.  Looks nothing up
 * and opens nothing; every number is decimal digits alone, so that "7x",
 * "+7" or "0x7" never names a token.
 */
#include <config.h>

#include "tools/accesstoken/options.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/accesstoken/output.h"

#define ID_MAX UINT32_MAX

/* Which store, and what opens it. */
static bool take_common(struct context *context, int option) {
    switch (option) {
    case OPTION_STORE:
        context->uri = optarg;
        return true;
    case OPTION_CA_FILE:
        context->remote.ca_file = optarg;
        return true;
    case OPTION_CLIENT_CERTIFICATE:
        context->remote.client_certificate = optarg;
        return true;
    case OPTION_CLIENT_KEY:
        context->remote.client_key = optarg;
        return true;
    case OPTION_TOKEN_FILE:
        context->remote.token_file = optarg;
        return true;
    case OPTION_LIMITS:
        context->limits = optarg;
        return true;
    default:
        return false;
    }
}

int next_option(struct context *context, int argc, char **argv,
                const struct option *options) {
    /* Before the command, options end where the command stands. */
    const char *order = context->command == NULL ? "+" : "";
    int option;

    do
        option = getopt_long(argc, argv, order, options, NULL);
    while (take_common(context, option));
    if (option == OPTION_HELP)
        print_help(context->command);
    else if (option == OPTION_VERSION)
        print_version();
    else
        return option;
    exit((int)finish_output(EXIT_OK));
}

enum exit_code expect_arguments(const struct context *context, int argc,
                                int count, const char *what) {
    char missing[32];

    snprintf(missing, sizeof(missing), "%s is missing", what);
    if (argc - optind < count)
        return usage_failed(context, missing);
    if (argc - optind > count)
        return usage_failed(context, "too many arguments");
    return EXIT_OK;
}

/* Root's is the file, even before there is one. */
static bool local_store_opens(void) {
    return geteuid() == 0 || eaccess(tokenstore_default_path(), R_OK) == 0;
}

static const char *choose_store(const struct context *context) {
    if (context->uri != NULL || local_store_opens() ||
        eaccess(API_SOCKET, F_OK) != 0)
        return context->uri;
    return "unix:" API_SOCKET;
}

bool store_is_remote(const struct context *context) {
    return *tokenstore_path(context->store) != '/';
}

static enum exit_code set_remote(struct context *context) {
    struct tokenstore_remote remote = context->remote;
    bool given = remote.ca_file != NULL || remote.client_certificate != NULL ||
                 remote.client_key != NULL || remote.token_file != NULL;
    enum tokenstore_error error;

    if (!store_is_remote(context))
        return given ? usage_failed(context, "certificates and --token-file "
                                             "are for stores behind a URI")
                     : EXIT_OK;
    /* Meant for a server elsewhere: who somebody is on this host, the kernel
     * says. */
    if (remote.token_file == NULL &&
        strncmp(tokenstore_path(context->store), "http", 4) == 0)
        remote.token_file = getenv("ACCESSTOKEN_TOKEN_FILE");
    error = tokenstore_set_remote(context->store, &remote);
    return error == TOKENSTORE_OK ? EXIT_OK : store_failed(context, error);
}

enum exit_code open_store(struct context *context) {
    const char *uri = choose_store(context);
    const enum tokenstore_error error = tokenstore_open(uri, &context->store);

    if (error == TOKENSTORE_OK)
        return set_remote(context);
    if (uri == NULL)
        return store_failed(context, error);
    return argument_failed("--store", uri, error);
}

enum exit_code read_limits(const struct context *context,
                           struct limits *limits) {
    char message[PATH_MAX + TOKENSTORE_MESSAGE_SIZE];

    if (limits_read(context->limits, limits, message, sizeof(message)))
        return EXIT_OK;
    complain("%s", message);
    return EXIT_UNAVAILABLE;
}

enum exit_code open_store_within_limits(struct context *context,
                                        struct limits *limits) {
    enum exit_code code = open_store(context);

    *limits = (struct limits){0};
    if (code != EXIT_OK)
        return code;
    /* A server has its own. */
    if (store_is_remote(context))
        return context->limits == NULL
                   ? EXIT_OK
                   : usage_failed(context, "--limits is for a store's file: "
                                           "a server has its own");
    code = read_limits(context, limits);
    if (code == EXIT_OK)
        tokenstore_set_limits(context->store, &limits->store);
    return code;
}

/* Digits alone; what is larger than "most" becomes most + 1. */
static bool parse_digits(const char *text, uint64_t most, uint64_t *number) {
    uint64_t value = 0;

    if (*text == '\0' || (*text == '0' && text[1] != '\0'))
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > most)
            value = most + 1;
    }
    *number = value;
    return true;
}

static enum exit_code number_failed(const char *option, const char *text,
                                    const char *expected) {
    complain("%s '%s': not %s", option, text, expected);
    return EXIT_USAGE;
}

enum exit_code parse_id(const char *text, uint64_t *id) {
    uint64_t value;

    if (!parse_digits(text, ID_MAX, &value) || value < 1 || value > ID_MAX)
        return number_failed("id", text, "an id, 1 to 4294967295");
    *id = value;
    return EXIT_OK;
}

enum exit_code parse_after(const char *text, uint64_t *after) {
    uint64_t value;

    if (!parse_digits(text, ID_MAX, &value) || value > ID_MAX)
        return number_failed("--after", text, "an id, 0 to 4294967295");
    *after = value;
    return EXIT_OK;
}

enum exit_code parse_limit(const char *text, uint32_t *limit) {
    uint64_t value;

    if (!parse_digits(text, TOKENSTORE_LIMIT_MAX, &value) || value < 1)
        return number_failed("--limit", text, "a number, 1 or more");
    if (value > TOKENSTORE_LIMIT_MAX)
        value = TOKENSTORE_LIMIT_MAX;
    *limit = (uint32_t)value;
    return EXIT_OK;
}

enum exit_code parse_duration(const char *option, const char *text,
                              int64_t *seconds) {
    const enum tokenstore_error error =
        tokenstore_duration_parse(text, seconds);

    if (error == TOKENSTORE_OK)
        return EXIT_OK;
    complain(error == TOKENSTORE_ERROR_TIME_RANGE
                 ? "%s '%s': beyond the year 9999"
                 : "%s '%s': not a duration such as 12h or 7d",
             option, text);
    return exit_code(error);
}

enum exit_code parse_user(const char *option, const char *text,
                          struct tokenstore_identity **user) {
    enum tokenstore_error error;

    tokenstore_identity_free(user);
    error = tokenstore_identity_parse(text, user);
    if (error != TOKENSTORE_OK)
        return argument_failed(option, text, error);
    return EXIT_OK;
}

enum exit_code take_name(struct tokenstore_token *token, const char *name) {
    const enum tokenstore_error error = tokenstore_token_set_name(token, name);

    return error == TOKENSTORE_OK ? EXIT_OK
                                  : argument_failed("--name", name, error);
}

enum exit_code take_expiry(struct tokenstore_token *token, const char *text,
                           int64_t now) {
    int64_t time = 0;
    enum tokenstore_error error = tokenstore_time_parse(text, now, &time);

    if (error == TOKENSTORE_OK && time <= now)
        error = TOKENSTORE_ERROR_TIME_RANGE;
    if (error == TOKENSTORE_OK)
        error = tokenstore_token_set_expiration_time(token, time);
    return error == TOKENSTORE_OK ? EXIT_OK
                                  : argument_failed("--expires", text, error);
}

enum exit_code take_scope(struct tokenstore_token *token, const char *scope) {
    const enum tokenstore_error error =
        tokenstore_token_add_scope(token, scope);

    return error == TOKENSTORE_OK ? EXIT_OK
                                  : argument_failed("--scope", scope, error);
}

/* Accounts of packages, such as the owner of the system's store, not of
 * people. */
#define SYSTEM_UID_MAX 999

/* The reserved scopes are root's to grant. Whoever has a store of his own is
 * root in there, but the user whom root has given the system's store is not.
 */
enum exit_code may_grant(const char *scope) {
    const uid_t uid = geteuid();

    if (uid == 0 || uid > SYSTEM_UID_MAX ||
        strncmp(scope, "tokens:", strlen("tokens:")) != 0)
        return EXIT_OK;
    complain("--scope '%s': only root grants it", scope);
    return EXIT_DENIED;
}

enum exit_code take_network(struct tokenstore_token *token,
                            const char *network) {
    const enum tokenstore_error error =
        tokenstore_token_add_network(token, network);

    return error == TOKENSTORE_OK ? EXIT_OK
                                  : argument_failed("--from", network, error);
}

enum exit_code new_token(struct tokenstore_token **token) {
    const enum tokenstore_error error = tokenstore_token_new(token);

    return error == TOKENSTORE_OK ? EXIT_OK : out_of_memory();
}
