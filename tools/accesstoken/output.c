/*
 * output.c - errors, remarks and exit codes; see output.h.
 * Must never print a bearer token, nor let text from outside reach a
 * terminal unescaped.
 */
#include <config.h>

#include "tools/accesstoken/output.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "tools/accesstoken/options.h"
#include "tools/common/token_json.h"

enum exit_code exit_code(enum tokenstore_error error) {
    switch (error) {
    case TOKENSTORE_OK:
        return EXIT_OK;
    case TOKENSTORE_ERROR_INVALID_ARGUMENT:
    case TOKENSTORE_ERROR_INVALID_IDENTITY:
    case TOKENSTORE_ERROR_INVALID_TIME:
    case TOKENSTORE_ERROR_INVALID_NAME:
    case TOKENSTORE_ERROR_INVALID_SCOPE:
    case TOKENSTORE_ERROR_INVALID_NETWORK:
    case TOKENSTORE_ERROR_TIME_RANGE:
    case TOKENSTORE_ERROR_TOO_MANY:
    case TOKENSTORE_ERROR_NOT_A_USER:
    case TOKENSTORE_ERROR_IDENTITY_MISMATCH:
    case TOKENSTORE_ERROR_UNSUPPORTED:
        return EXIT_USAGE;
    case TOKENSTORE_ERROR_NO_SUCH_USER:
    case TOKENSTORE_ERROR_NOT_FOUND:
        return EXIT_NOT_FOUND;
    case TOKENSTORE_ERROR_PERMISSION:
    case TOKENSTORE_ERROR_LIMIT:
    case TOKENSTORE_ERROR_FORBIDDEN:
        return EXIT_DENIED;
    case TOKENSTORE_ERROR_INVALID_BEARER:
    case TOKENSTORE_ERROR_REFUSED:
        return EXIT_REFUSED;
    case TOKENSTORE_ERROR_NSS_UNAVAILABLE:
    case TOKENSTORE_ERROR_MISSING:
    case TOKENSTORE_ERROR_UNSAFE:
    case TOKENSTORE_ERROR_UNAVAILABLE:
    case TOKENSTORE_ERROR_BUSY:
        return EXIT_UNAVAILABLE;
    case TOKENSTORE_ERROR_USER_EXISTS:
    case TOKENSTORE_ERROR_EXISTS:
    case TOKENSTORE_ERROR_CONFLICT:
        return EXIT_CONFLICT;
    case TOKENSTORE_ERROR_DAMAGED:
    case TOKENSTORE_ERROR_NEWER_FORMAT:
    case TOKENSTORE_ERROR_FULL:
    case TOKENSTORE_ERROR_OUTCOME_UNKNOWN:
    case TOKENSTORE_ERROR_NO_MEMORY:
    case TOKENSTORE_ERROR_IO:
        return EXIT_FAILED;
    }
    return EXIT_FAILED;
}

/* One line on standard error, made safe for a terminal. */
static void say(const char *prefix, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void say(const char *prefix, const char *format, va_list arguments) {
    /* Not allocated: out of memory is said, too. */
    char text[2 * PATH_MAX];

    vsnprintf(text, sizeof(text), format, arguments);
    fputs(prefix, stderr);
    print_safe(stderr, text);
    fputc('\n', stderr);
}

void remark(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    say("", format, arguments);
    va_end(arguments);
}

void complain(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    say("accesstoken: ", format, arguments);
    va_end(arguments);
}

enum exit_code store_failed(struct context *context,
                            enum tokenstore_error error) {
    const char *message = "";

    if (context->store != NULL)
        message = tokenstore_message(context->store);
    if (*message == '\0')
        message = tokenstore_strerror(error);
    complain("%s", message);
    if (context->uri == NULL && geteuid() != 0 && context->store != NULL &&
        *tokenstore_path(context->store) == '/' &&
        (error == TOKENSTORE_ERROR_MISSING ||
         error == TOKENSTORE_ERROR_PERMISSION))
        remark("accesstokend, which would look for you, is not there: no %s",
               API_SOCKET);
    return exit_code(error);
}

/* What an administrator can do about a wrong argument. */
static const char *advice(const char *option, const char *value,
                          enum tokenstore_error error) {
    if (error == TOKENSTORE_ERROR_INVALID_ARGUMENT &&
        strncmp(value, "http://", 7) == 0)
        return " (unencrypted, and so for 127.0.0.1 and [::1] alone: https:)";
    if (error == TOKENSTORE_ERROR_INVALID_ARGUMENT &&
        strcmp(option, "--store") == 0)
        return ": expected a path, tdb:PATH, unix:/SOCKET or "
               "https://HOST[:PORT]";
    if (error == TOKENSTORE_ERROR_NO_SUCH_USER)
        return " (a user without an account needs --virtual)";
    if (error == TOKENSTORE_ERROR_USER_EXISTS)
        return " (leave out --virtual)";
    return "";
}

enum exit_code argument_failed(const char *option, const char *value,
                               enum tokenstore_error error) {
    complain("%s '%s': %s%s", option, value, tokenstore_strerror(error),
             advice(option, value, error));
    return exit_code(error);
}

enum exit_code usage_failed(const struct context *context, const char *what) {
    const char *command =
        context->command != NULL ? context->command->name : "";

    complain("%s; see 'accesstoken%s%s --help'", what,
             *command != '\0' ? " " : "", command);
    return EXIT_USAGE;
}

enum exit_code out_of_memory(void) {
    complain("%s", tokenstore_strerror(TOKENSTORE_ERROR_NO_MEMORY));
    return EXIT_FAILED;
}

void print_safe(FILE *file, const char *text) {
    unsigned char last = 0;

    for (; *text != '\0'; last = (unsigned char)*text++) {
        const unsigned char byte = (unsigned char)*text;

        /* C0, DEL, and C1, which in UTF-8 is c2 80 to c2 9f. */
        if (byte < 0x20 || byte == 0x7f ||
            (last == 0xc2 && byte >= 0x80 && byte <= 0x9f))
            fprintf(file, "\\x%02x", byte);
        else
            fputc(byte, file);
    }
}

const char *user_label(const struct tokenstore_identity *user,
                       char buffer[static 16]) {
    uint32_t uid;

    if (user == NULL)
        return "?";
    if (tokenstore_identity_name(user) != NULL)
        return tokenstore_identity_name(user);
    if (!tokenstore_identity_uid(user, &uid))
        return "?";
    snprintf(buffer, 16, "uid:%lu", (unsigned long)uid);
    return buffer;
}

const char *expiry_phrase(int64_t time, char buffer[static 32]) {
    char text[TOKENSTORE_TIME_SIZE];

    if (tokenstore_time_format(time, text) != TOKENSTORE_OK)
        return "never expires";
    snprintf(buffer, 32, "expires %s", text);
    return buffer;
}

const char *last_used(const struct tokenstore_token *token,
                      char buffer[static TOKENSTORE_TIME_SIZE]) {
    struct tokenstore_use use;

    if (!tokenstore_token_last_use(token, &use))
        return "-";
    if (tokenstore_time_format(use.time, buffer) != TOKENSTORE_OK)
        return "never";
    return buffer;
}

const char *status_name(enum tokenstore_status status) {
    switch (status) {
    case TOKENSTORE_STATUS_ACTIVE:
        return "active";
    case TOKENSTORE_STATUS_DISABLED:
        return "disabled";
    case TOKENSTORE_STATUS_EXPIRED:
        return "expired";
    }
    return "?";
}

enum exit_code print_entry(const struct tokenstore_token *token) {
    struct json_writer json = {0};

    token_json(&json, token);
    return print_json(&json);
}

enum exit_code print_json(struct json_writer *json) {
    enum exit_code code;

    json_newline(json);
    code = send_json(json);
    json_free(json);
    return code;
}

enum exit_code send_json(struct json_writer *json) {
    if (json->failed)
        return out_of_memory();
    if (!write_out(json->data, json->length))
        return EXIT_FAILED; /* finish_output() says why */
    json->length = 0;
    return EXIT_OK;
}

bool write_out(const char *data, size_t length) {
    return fwrite(data, 1, length, stdout) == length;
}

enum exit_code finish_output(enum exit_code code) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (errno != 0)
        complain("standard output: %m");
    else
        complain("standard output: not everything could be written");
    return code == EXIT_OK ? EXIT_FAILED : code;
}
