/*
 * command.h - what a command of the tool is, and what it is given.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMAND_H
#define TOOLS_ACCESSTOKEN_COMMAND_H

#include "tools/accesstoken/options.h"

struct context {
    const struct command *command; /* the one that runs; NULL: none yet */
    struct options options;
    struct tokenstore *store; /* NULL until open_store() */
};

struct command {
    const char *name;
    unsigned int bit; /* COMMAND_*, in the table of options */
    enum exit_code (*run)(struct context *context);
    const char *summary;  /* a sentence without its full stop */
    const char *usage[4]; /* what follows the name: one form, or more */
    const char *examples; /* lines, each with its newline */
};

#endif
