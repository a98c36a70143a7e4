/*
 * secret.h - where bearer tokens pass through the tool: kept out of argv and
 * core dumps, and written once, to standard output or a new file.
 */
#ifndef TOOLS_ACCESSTOKEN_SECRET_H
#define TOOLS_ACCESSTOKEN_SECRET_H

#include "tools/accesstoken/command.h"

/*
 * Refuse a bearer token among the arguments: they are visible to every user
 * of the machine.  Overwrites it there.
 */
enum exit_code refuse_secret_arguments(int argc, char **argv);

struct secret_output {
    const char *file; /* NULL: standard output */
    int fd;           /* -1 when not open */
};

/*
 * Before a token is issued: make the new file and reserve its space, or see
 * that standard output can be written to.  EXIT_CONFLICT when the file is
 * there already.
 */
enum exit_code secret_prepare(struct secret_output *output, const char *file);

/*
 * Write the bearer token, alone or as JSON, and a newline; a file is on disk
 * afterwards.  On failure says so, and no file is left.
 */
enum exit_code secret_write(struct secret_output *output, const char *id,
                            const struct tokenstore_bearer *bearer, bool json);

/* Nothing to write after all: close and remove the new file. */
void secret_discard(struct secret_output *output);

#endif
