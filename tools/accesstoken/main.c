/*
 * main.c - accesstoken: the table of commands, and how every one of them
 * starts and ends.
 */
#include <config.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tools/accesstoken/command.h"
#include "tools/accesstoken/commands/backup.h"
#include "tools/accesstoken/commands/check.h"
#include "tools/accesstoken/commands/create.h"
#include "tools/accesstoken/commands/doctor.h"
#include "tools/accesstoken/commands/limits.h"
#include "tools/accesstoken/commands/list.h"
#include "tools/accesstoken/commands/modify.h"
#include "tools/accesstoken/commands/pam.h"
#include "tools/accesstoken/commands/prune.h"
#include "tools/accesstoken/commands/restore.h"
#include "tools/accesstoken/commands/revoke.h"
#include "tools/accesstoken/commands/rotate.h"
#include "tools/accesstoken/commands/show.h"
#include "tools/accesstoken/commands/status.h"
#include "tools/accesstoken/commands/verify.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/secret.h"
#include "tools/accesstoken/standard_input.h"
#include "tools/common/nearest.h"
#include "tools/common/process.h"

static const struct command commands[] = {
    {"create",
     COMMAND_CREATE,
     command_create,
     "issue a token and print its secret, once",
     {"USER [OPTION]...", "--self [OPTION]..."},
     "  $ accesstoken create jane --name laptop --scope imap --expires 365d\n"
     "  $ accesstoken create backup-bot --virtual --output bot.token\n"},
    {"list",
     COMMAND_LIST,
     command_list,
     "list tokens (short: ls)",
     {"[OPTION]..."},
     "  $ accesstoken list --user jane\n"
     "  $ accesstoken list --all --expires-within 14d\n"},
    {"show",
     COMMAND_SHOW,
     command_show,
     "show everything about one token",
     {"ID [--json]"},
     "  $ accesstoken show 17\n"},
    {"modify",
     COMMAND_MODIFY,
     command_modify,
     "change a token, which keeps its secret",
     {"ID OPTION..."},
     "  $ accesstoken modify 17 --disable\n"
     "  $ accesstoken modify 17 --scope imap --scope smtp\n"
     "  $ accesstoken modify 17 --add-scope sieve --expires 6mo\n"},
    {"revoke",
     COMMAND_REVOKE,
     command_revoke,
     "revoke tokens, immediately and for good (short: rm)",
     {"ID... [OPTION]...", "--user USER [OPTION]...",
      "--issued-by ID [OPTION]..."},
     "  $ accesstoken revoke 17 18\n"
     "  $ accesstoken revoke --user jane --name laptop\n"
     "  $ jq -r '.entries[].id' list.json | accesstoken revoke -\n"},
    {"prune",
     COMMAND_PRUNE,
     command_prune,
     "remove the tokens that expired long ago or have no account",
     {"--older-than DURATION [OPTION]...", "--orphaned [OPTION]..."},
     "  $ accesstoken prune --older-than 90d --dry-run\n"
     "  $ accesstoken prune --orphaned\n"},
    {"rotate",
     COMMAND_ROTATE,
     command_rotate,
     "replace a token by one with a new secret",
     {"ID [OPTION]..."},
     "  $ accesstoken rotate 17 --grace 1h\n"},
    {"verify",
     COMMAND_VERIFY,
     command_verify,
     "say whether the token on standard input is valid",
     {"[OPTION]..."},
     "  $ accesstoken verify --scope imap <bot.token\n"},
    {"status",
     COMMAND_STATUS,
     command_status,
     "show the state of the store, the daemon and PAM",
     {"[--json]"},
     "  $ accesstoken status\n"},
    {"doctor",
     COMMAND_DOCTOR,
     command_doctor,
     "find what is wrong, and say which command mends it",
     {"[--json]"},
     "  $ accesstoken doctor\n"},
    {"limits",
     COMMAND_LIMITS,
     command_limits,
     "print the limits that apply",
     {"[OPTION]..."},
     "  $ accesstoken limits\n"},
    {"pam",
     COMMAND_PAM,
     command_pam,
     "show or change which PAM services accept tokens",
     {"[--json]", "add SERVICE [--dry-run]", "remove SERVICE [--dry-run]",
      "test SERVICE --user USER [--from ADDRESS]"},
     "  $ accesstoken pam add sshd\n"
     "  $ accesstoken pam test sshd --user jane <token\n"},
    {"check",
     COMMAND_CHECK,
     command_check,
     "look for damage in the store",
     {"[--json]"},
     "  $ accesstoken check\n"},
    {"backup",
     COMMAND_BACKUP,
     command_backup,
     "write a copy of the store to a new file, or to standard output (-)",
     {"FILE [--json]"},
     "  $ accesstoken backup /var/backups/accesstoken/monday.tdb\n"
     "  $ accesstoken backup - | ssh host 'umask 077; cat >monday.tdb'\n"},
    {"restore",
     COMMAND_RESTORE,
     command_restore,
     "replace the store by a backup, or by standard input (-)",
     {"FILE [OPTION]..."},
     "  $ accesstoken restore /var/backups/accesstoken/monday.tdb\n"
     "  $ ssh host cat monday.tdb | accesstoken restore -\n"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(*commands))

/* Shorter names of commands. */
static const struct {
    const char *alias, *name;
} aliases[] = {
    {"ls", "list"},
    {"rm", "revoke"},
};

#define ALIAS_COUNT (sizeof(aliases) / sizeof(*aliases))

/* Returns NULL for a name that is no command's. */
static const struct command *find_command(const char *name) {
    for (size_t i = 0; i < ALIAS_COUNT; i++)
        if (strcmp(aliases[i].alias, name) == 0)
            name = aliases[i].name;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static enum exit_code unknown_command(const char *name) {
    struct nearest nearest = {.word = name};

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        nearest_offer(&nearest, commands[i].name);
    nearest_offer(&nearest, "help");
    if (nearest.name != NULL)
        complain("unknown command '%s'; did you mean '%s'?", name,
                 nearest.name);
    else
        complain("unknown command '%s'", name);
    help_print_usage(stderr, NULL);
    return EXIT_USAGE;
}

static enum exit_code help(const struct command *command) {
    if (command != NULL)
        help_print_command(command);
    else
        help_print(commands, COMMAND_COUNT);
    return EXIT_OK;
}

/* Runs "accesstoken help [COMMAND]"; "names" is what follows "help". */
static enum exit_code run_help(const struct context *context, int count,
                               char **names) {
    const struct command *command = NULL;

    if (count > 1)
        return usage_failed(context, "too many arguments");
    if (count == 1) {
        command = find_command(names[0]);
        if (command == NULL)
            return unknown_command(names[0]);
    }
    return help(command);
}

/* Does what --help or --version asks, or else runs the command if one is
 * known by now. */
static enum exit_code answer(struct context *context) {
    enum exit_code code;

    if (context->options.help)
        return help(context->command);
    if (context->options.version) {
        help_print_version();
        return EXIT_OK;
    }
    if (context->options.json && !help_knows_option(context->command, "json"))
        return usage_failed(context, "--json is not for this command");
    if (context->options.quiet)
        silence_remarks();
    code = standard_input_check(context);
    return code == EXIT_OK ? context->command->run(context) : code;
}

/* Takes the options that follow argv[0]. */
static enum exit_code parse(struct context *context, int argc, char **argv) {
    const struct command *command = context->command;
    char error[LONG_OPTIONS_ERROR_SIZE];
    const enum exit_code code = options_parse(
        &context->options, command != NULL ? command->bit : COMMAND_NONE, argc,
        argv, error);

    if (*error != '\0') {
        complain("%s", error);
        help_print_usage(stderr, command);
    }
    return code;
}

static enum exit_code run(struct context *context, int argc, char **argv) {
    struct options *options = &context->options;
    enum exit_code code = parse(context, argc, argv);

    if (code != EXIT_OK)
        return code;
    if (argc <= 1)
        return help(NULL);
    if (options->help || options->version)
        return answer(context);
    argc = options->argument_count;
    argv = options->arguments;
    if (argc == 0)
        return usage_failed(context, "COMMAND is missing");
    if (strcmp(argv[0], "help") == 0)
        return run_help(context, argc - 1, argv + 1);
    context->command = find_command(argv[0]);
    if (context->command == NULL)
        return unknown_command(argv[0]);
    code = parse(context, argc, argv);
    return code == EXIT_OK ? answer(context) : code;
}

int main(int argc, char **argv) {
    struct context context = {0};
    enum exit_code code;

    process_begin();
    unsetenv("SSLKEYLOGFILE"); /* libcurl would write a connection's keys */
    setlocale(LC_CTYPE, "");
    code = refuse_secret_arguments(argc, argv);
    if (code == EXIT_OK)
        code = options_begin(&context.options);
    if (code == EXIT_OK)
        code = run(&context, argc, argv);
    code = finish_output(code);
    tokenstore_close(&context.store);
    options_free(&context.options);
    return (int)code;
}
