/*
 * help.h - --help, --version, and errors that refer to them.
 */
#ifndef TOOLS_ACCESSTOKEN_HELP_H
#define TOOLS_ACCESSTOKEN_HELP_H

#include <stdio.h>

#include "tools/accesstoken/command.h"

/* Prints the lines "usage: ..." of a command, or of the tool (NULL). */
void help_print_usage(FILE *file, const struct command *command);

/* Returns whether the command takes the option. */
bool help_knows_option(const struct command *command, const char *name);

/* Prints on standard output how the tool is used, with its commands. */
void help_print(const struct command *commands, size_t count);

/* Prints on standard output how a command is used, with its options. */
void help_print_command(const struct command *command);

/* Prints the version on standard output. */
void help_print_version(void);

/* Prints "accesstoken: WHAT; see 'accesstoken COMMAND --help'" on standard
 * error; returns EXIT_USAGE. */
enum exit_code usage_failed(const struct context *context, const char *what);

#endif
