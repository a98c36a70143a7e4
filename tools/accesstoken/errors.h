/*
 * errors.h - the exit codes of the tool, and which error of the library
 * becomes which; accesstoken(8) lists them.
 */
#ifndef TOOLS_ACCESSTOKEN_ERRORS_H
#define TOOLS_ACCESSTOKEN_ERRORS_H

#include "tokenstore/tokenstore.h"

enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NOT_FOUND = 3,
    EXIT_DENIED = 4,
    EXIT_REFUSED = 5,
    EXIT_UNAVAILABLE = 7,
    EXIT_CONFLICT = 8,
};

/* Returns the exit code for an error of the library. */
enum exit_code exit_code(enum tokenstore_error error);

/*
 * Prints "accesstoken: OPTION 'VALUE': error", with advice if there is any,
 * and returns the exit code.  "option" is as the user types it ("--expires").
 */
enum exit_code argument_failed(const char *option, const char *value,
                               enum tokenstore_error error);

/* Prints that there is no memory; returns EXIT_FAILED. */
enum exit_code out_of_memory(void);

#endif
