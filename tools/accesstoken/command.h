/*
 * command.h - what every command of the tool sees: the context it runs in,
 * the exit codes it may return, and the table that main.c dispatches on.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMAND_H
#define TOOLS_ACCESSTOKEN_COMMAND_H

#include "tokenstore/tokenstore.h"

/* What the tool's exit codes mean; accesstoken(8) lists them. */
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

struct context {
    const struct command *command;   /* the one that runs */
    const char *uri;                 /* --store, or NULL */
    struct tokenstore_remote remote; /* what opens a remote one */
    const char *limits;              /* --limits, or NULL */
    struct tokenstore *store;        /* NULL until open_store() */
};

struct command {
    const char *name;
    enum exit_code (*run)(struct context *context, int argc, char **argv);
    const char *summary;
    const char *usage; /* what follows the name */
};

enum exit_code command_create(struct context *context, int argc, char **argv);
enum exit_code command_list(struct context *context, int argc, char **argv);
enum exit_code command_show(struct context *context, int argc, char **argv);
enum exit_code command_modify(struct context *context, int argc, char **argv);
enum exit_code command_revoke(struct context *context, int argc, char **argv);
enum exit_code command_prune(struct context *context, int argc, char **argv);
enum exit_code command_rotate(struct context *context, int argc, char **argv);
enum exit_code command_status(struct context *context, int argc, char **argv);
enum exit_code command_limits(struct context *context, int argc, char **argv);
enum exit_code command_verify(struct context *context, int argc, char **argv);
enum exit_code command_check(struct context *context, int argc, char **argv);
enum exit_code command_backup(struct context *context, int argc, char **argv);
enum exit_code command_restore(struct context *context, int argc, char **argv);

/* main.c: the text of --help and --version, on standard output. */
void print_help(const struct command *command);
void print_version(void);

#endif
