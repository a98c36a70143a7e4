/*
 * errors.c - from errors of the library to exit codes and messages.
 */
#include <config.h>

#include "tools/accesstoken/errors.h"

#include <string.h>

#include "tools/accesstoken/message.h"

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

/* Returns what an administrator can do about a wrong argument, or "". */
static const char *advice(const char *option, const char *value,
                          enum tokenstore_error error) {
    if (error == TOKENSTORE_ERROR_INVALID_ARGUMENT &&
        strncmp(value, "http://", 7) == 0)
        return " (unencrypted connections are only for 127.0.0.1 and [::1]; "
               "use https:)";
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

enum exit_code out_of_memory(void) {
    complain("%s", tokenstore_strerror(TOKENSTORE_ERROR_NO_MEMORY));
    return EXIT_FAILED;
}
