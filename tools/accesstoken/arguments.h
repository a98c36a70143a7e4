/*
 * arguments.h - the arguments of a command that are not options.
 */
#ifndef TOOLS_ACCESSTOKEN_ARGUMENTS_H
#define TOOLS_ACCESSTOKEN_ARGUMENTS_H

#include "tools/accesstoken/command.h"

/* Checks that there are exactly "count" arguments.  "what" is the name of a
 * missing one in the error; NULL for a command without arguments. */
enum exit_code expect_arguments(const struct context *context, int count,
                                const char *what);

/* Returns whether a name is "-", which stands for standard input or output;
 * NULL is not. */
bool is_dash(const char *name);

/* Reads an id: decimal, 1 to 4294967295, no sign, no leading zero.  Prints an
 * error for any other text. */
enum exit_code parse_id(const char *text, uint64_t *id);

/* Checks that there is one argument, an id, and reads it. */
enum exit_code expect_id(const struct context *context, uint64_t *id);

#endif
