/*
 * open_store.c - choose a store, and report its errors.
 */
#include <config.h>

#include "tools/accesstoken/open_store.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/secret_input.h"
#include "tools/common/process.h"

/* Root uses the file even if it does not exist yet. */
static bool can_open_default(void) {
    return geteuid() == 0 || eaccess(tokenstore_default_path(), R_OK) == 0;
}

/* Returns NULL for the local database. */
static const char *choose_store(const struct options *options) {
    if (options->store != NULL || can_open_default() ||
        eaccess(API_SOCKET, F_OK) != 0)
        return options->store;
    return "unix:" API_SOCKET;
}

bool store_is_remote(const struct context *context) {
    return *tokenstore_path(context->store) != '/';
}

static enum exit_code use_credentials(struct context *context,
                                      const struct tokenstore_remote *remote) {
    const enum tokenstore_error error =
        tokenstore_set_remote(context->store, remote);

    return error == TOKENSTORE_OK ? EXIT_OK : store_failed(context, error);
}

/* Takes the token from standard input.  What is wrong with its form is told by
 * the first request, as for a file; only a NUL would be lost until then. */
static enum exit_code use_input(struct context *context,
                                struct tokenstore_remote *remote) {
    char token[SECRET_INPUT_SIZE];
    size_t length = 0;
    enum exit_code code;

    process_forbid_dumps();
    code = secret_read("Bearer token: ", token, &length);
    if (code == EXIT_REFUSED)
        code = EXIT_USAGE;
    token[length] = '\0';
    if (code == EXIT_OK && strlen(token) != length) {
        complain("standard input: not a bearer token");
        code = EXIT_USAGE;
    }
    remote->token_file = NULL;
    remote->token = token;
    if (code == EXIT_OK)
        code = use_credentials(context, remote);
    tokenstore_wipe(token, sizeof(token));
    return code;
}

static enum exit_code set_remote(struct context *context) {
    struct tokenstore_remote remote = context->options.remote;
    const bool given = remote.ca_file != NULL ||
                       remote.client_certificate != NULL ||
                       remote.client_key != NULL || remote.token_file != NULL;

    if (!store_is_remote(context))
        return given ? usage_failed(context, "certificates and --token-file "
                                             "are only for remote stores")
                     : EXIT_OK;
    if (is_dash(remote.token_file))
        return use_input(context, &remote);
    /* The variable is meant for servers elsewhere: at a socket of this machine
     * the kernel tells who the caller is. */
    if (remote.token_file == NULL &&
        strncmp(tokenstore_path(context->store), "http", 4) == 0)
        remote.token_file = getenv("ACCESSTOKEN_TOKEN_FILE");
    return use_credentials(context, &remote);
}

enum exit_code open_store(struct context *context) {
    const char *uri = choose_store(&context->options);
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
    const char *file = context->options.limits;

    if (is_dash(file) ? limits_read_open(STDIN_FILENO, "standard input",
                                         limits, message, sizeof(message))
                      : limits_read(file, limits, message, sizeof(message)))
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
    if (store_is_remote(context))
        return context->options.limits == NULL
                   ? EXIT_OK
                   : usage_failed(context, "--limits is only for local "
                                           "stores: a server has its own");
    code = read_limits(context, limits);
    if (code == EXIT_OK)
        tokenstore_set_limits(context->store, &limits->store);
    return code;
}

/* Returns whether accesstokend would have helped: the caller may not use the
 * local database, and there is no other store. */
static bool needs_daemon(const struct context *context,
                         enum tokenstore_error error) {
    return context->options.store == NULL && geteuid() != 0 &&
           context->store != NULL && !store_is_remote(context) &&
           (error == TOKENSTORE_ERROR_MISSING ||
            error == TOKENSTORE_ERROR_UNSAFE ||
            error == TOKENSTORE_ERROR_PERMISSION);
}

bool store_is_new(const struct context *context, enum tokenstore_error error) {
    const char *path = tokenstore_path(context->store);
    char directory[PATH_MAX];
    struct stat status;

    if (error != TOKENSTORE_ERROR_MISSING || store_is_remote(context) ||
        needs_daemon(context, error))
        return false;
    if (strcmp(path, tokenstore_default_path()) != 0) {
        /* Not if the directory is missing: the path may be mistyped. */
        snprintf(directory, sizeof(directory), "%.*s",
                 (int)(strrchr(path, '/') - path) + 1, path);
        if (stat(directory, &status) != 0)
            return false;
    }
    remark("no tokens yet: there is no store at %s", path);
    return true;
}

enum exit_code store_failed(const struct context *context,
                            enum tokenstore_error error) {
    const char *message = "";

    if (context->store != NULL)
        message = tokenstore_message(context->store);
    if (*message == '\0')
        message = tokenstore_strerror(error);
    /* What the database is like does not help somebody who may not use it. */
    if (needs_daemon(context, error))
        complain("accesstokend is not running (no %s)", API_SOCKET);
    else
        complain("%s", message);
    return exit_code(error);
}
