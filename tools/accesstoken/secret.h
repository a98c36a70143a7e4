/*
 * secret.h - bearer tokens in the tool: kept out of the arguments, and written
 * once, to standard output or to a new file.
 */
#ifndef TOOLS_ACCESSTOKEN_SECRET_H
#define TOOLS_ACCESSTOKEN_SECRET_H

#include <stdbool.h>

#include "tools/accesstoken/errors.h"

/* Refuses, with EXIT_USAGE, a bearer token among the arguments, where every
 * user of the machine can see it; wipes it there. */
enum exit_code refuse_secret_arguments(int argc, char **argv);

struct secret_output {
    const char *file; /* NULL: standard output */
    int fd;           /* -1: not open */
};

/*
 * Prepares for a secret before the token is issued: makes the new file and
 * reserves its space, or, for NULL and "-", checks that standard output can be
 * written to.
 * EXIT_CONFLICT if the file exists.  After success call secret_write() or
 * secret_discard().
 */
enum exit_code secret_prepare(struct secret_output *output, const char *file);

/* Writes the bearer token, alone or as JSON with its id, and a newline; a file
 * is on disk afterwards.  Prints an error and removes the file on failure. */
enum exit_code secret_write(struct secret_output *output, const char *id,
                            const struct tokenstore_bearer *bearer, bool json);

/* Closes and removes the new file, if there is one. */
void secret_discard(struct secret_output *output);

#endif
