/*
 * main.c - accesstoken, the admin tool: the table of commands, and what every
 * one of them starts and ends with.  Knows no command's options; holds no
 * secret.
 */
#include <config.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/accesstoken/options.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/secret.h"
#include "tools/common/process.h"

static const struct command commands[] = {
    {"create", command_create, "issue a token and print its secret, once",
     "USER | --self [--name TEXT] [--scope WORD]... [--from CIDR]...\n"
     "           [--expires WHEN] [--virtual] [--output FILE] [--json]\n"
     "           [--limits FILE]"},
    {"list", command_list, "list tokens, in the order of their creation",
     "[--user USER] [--expires-within DURATION]\n"
     "           [--unused-for DURATION] [--after ID] [--limit N | --all]\n"
     "           [--json] [--no-header]"},
    {"show", command_show, "show all about one token", "ID [--json]"},
    {"modify", command_modify, "change a token, without a new secret",
     "ID [--name TEXT] [--expires WHEN] [--enable | --disable]\n"
     "           [--scope WORD]... [--from CIDR]... [--any-scope] "
     "[--any-network]\n"
     "           [--limits FILE]"},
    {"revoke", command_revoke, "take tokens back, at once and for good",
     "ID... | --user USER"},
    {"prune", command_prune, "remove tokens that expired long ago",
     "--older-than DURATION [--user USER] [--dry-run] [--json]"},
    {"rotate", command_rotate, "replace a token by one with a new secret",
     "ID [--grace DURATION] [--output FILE] [--json] [--limits FILE]"},
    {"verify", command_verify,
     "say whether the token on standard input is good",
     "[--user USER] [--scope WORD]... [--from ADDRESS] [--json]"},
    {"status", command_status, "show the state of it all at a glance",
     "[--json]"},
    {"limits", command_limits, "print the limits that are in force",
     "[--json] [--limits FILE]"},
    {"check", command_check, "look for damage in the store", ""},
    {"backup", command_backup, "write a copy of the store to a new file",
     "FILE"},
    {"restore", command_restore, "replace the store by a backup",
     "FILE [--accept-revoked]"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(*commands))

static const struct option options[] = {COMMON_OPTIONS};

/* What getopt begins its complaints with. */
static char program_name[] = "accesstoken";

void print_help(const struct command *command) {
    size_t i;

    if (command != NULL) {
        printf("usage: accesstoken [--store URI] %s%s%s\n\n%s\n",
               command->name, *command->usage != '\0' ? " " : "",
               command->usage, command->summary);
        puts("\nSee accesstoken(8) for what the words mean.");
        return;
    }
    puts("usage: accesstoken [--store URI] COMMAND [ARGUMENT]...\n"
         "       accesstoken help [COMMAND]\n\n"
         "Issue, list and revoke access tokens.\n");
    for (i = 0; i < COMMAND_COUNT; i++)
        printf("  %-8s %s\n", commands[i].name, commands[i].summary);
    printf("\n--store URI is a path, tdb:PATH, unix:/SOCKET or "
           "https://HOST[:PORT];\nwithout it, %s if it may be opened,\n"
           "else accesstokend's socket if that is there.\n"
           "For https: --token-file FILE, --ca-file FILE,\n"
           "--client-certificate FILE and --client-key FILE.\n"
           "Every command takes --help and --version.  See accesstoken(8).\n",
           tokenstore_default_path());
}

void print_version(void) { printf("accesstoken %s\n", tokenstore_version()); }

static const struct command *find_command(const char *name) {
    size_t i;

    for (i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    complain("no command '%s'; see 'accesstoken --help'", name);
    return NULL;
}

static enum exit_code help(const struct context *context, int argc,
                           char **argv) {
    const struct command *command = NULL;

    if (argc > 2)
        return usage_failed(context, "too many arguments");
    if (argc == 2) {
        command = find_command(argv[1]);
        if (command == NULL)
            return EXIT_USAGE;
    }
    print_help(command);
    return EXIT_OK;
}

static enum exit_code run(struct context *context, int argc, char **argv) {
    if (next_option(context, argc, argv, options) != -1)
        return EXIT_USAGE;
    if (optind == argc)
        return usage_failed(context, "no command");
    argc -= optind;
    argv += optind;
    if (strcmp(argv[0], "help") == 0)
        return help(context, argc, argv);
    context->command = find_command(argv[0]);
    if (context->command == NULL)
        return EXIT_USAGE;
    argv[0] = program_name;
    optind = 0; /* start over: glibc's way */
    return context->command->run(context, argc, argv);
}

int main(int argc, char **argv) {
    struct context context = {0};
    enum exit_code code;

    process_begin();
    unsetenv("SSLKEYLOGFILE"); /* libcurl would write a connection's keys */
    setlocale(LC_CTYPE, "");
    if (argc > 0)
        argv[0] = program_name;

    code = refuse_secret_arguments(argc, argv);
    if (code == EXIT_OK)
        code = run(&context, argc, argv);
    code = finish_output(code);
    tokenstore_close(&context.store);
    return (int)code;
}
