/*
 * help.c - print how the tool is used, from its tables of commands and
 * options.  tools/completion/ reads this text: commands are indented by two
 * spaces and begin with a letter; an option is followed by one space and the
 * name of its argument in capitals; the first line ends with the arguments;
 * and an option is named only if the command takes it.
 */
#include <config.h>

#include "tools/accesstoken/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tools/accesstoken/message.h"

#define WIDTH 79       /* of a line */
#define OPTION_TEXT 29 /* the column where an option's sentence begins */

/* Prints words from the current column on, and breaks lines so that each
 * begins at that column and ends within WIDTH. */
static void print_wrapped(const char *text, int column) {
    int at = column;

    while (*text != '\0') {
        const int length = (int)strcspn(text, " ");

        if (at > column && at + 1 + length > WIDTH)
            at = printf("\n%*s", column, "") - 1;
        else if (at > column)
            at += printf(" ");
        at += printf("%.*s", length, text);
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

/* Prints the name of an option, with its letter if it has one. */
static void print_option(const struct option_rule *rule) {
    const char *letter = strcmp(rule->name, "help") == 0      ? "-h, "
                         : strcmp(rule->name, "version") == 0 ? "-V, "
                                                              : "";
    int at = printf("  %s--%s", letter, rule->name);

    if (rule->argument != NULL)
        at += printf(" %s", rule->argument);
    printf("%*s", OPTION_TEXT - at, "");
    print_wrapped(rule->help, OPTION_TEXT);
}

/* Prints the options that every command takes, or those that only some
 * commands take, this one among them. */
static void print_options(const char *heading, bool of_every_command,
                          unsigned int command) {
    bool first = true;

    for (size_t i = 0; i < option_rule_count; i++) {
        const struct option_rule *rule = &option_rules[i];

        if ((rule->commands == COMMAND_EVERY) != of_every_command ||
            !options_apply(rule, command))
            continue;
        if (first)
            printf("\n%s:\n", heading);
        first = false;
        print_option(rule);
    }
}

bool help_knows_option(const struct command *command, const char *name) {
    for (size_t i = 0; i < option_rule_count; i++)
        if (strcmp(option_rules[i].name, name) == 0 &&
            options_apply(&option_rules[i], command->bit))
            return true;
    return false;
}

void help_print_usage(FILE *file, const struct command *command) {
    if (command == NULL) {
        fputs("usage: accesstoken [--store URI] COMMAND [ARGUMENT]...\n"
              "       accesstoken help [COMMAND]\n",
              file);
        return;
    }
    for (size_t i = 0; i < 4 && command->usage[i] != NULL; i++)
        fprintf(file, "%s accesstoken [--store URI] %s%s%s\n",
                i == 0 ? "usage:" : "      ", command->name,
                *command->usage[i] != '\0' ? " " : "", command->usage[i]);
}

void help_print(const struct command *commands, size_t count) {
    help_print_usage(stdout, NULL);
    puts("\nIssue, list and revoke access tokens.\n\nCommands:");
    for (size_t i = 0; i < count; i++)
        printf("  %-8s  %s\n", commands[i].name, commands[i].summary);
    print_options("Options of every command", true, COMMAND_EVERY);
    printf("\nWithout --store, the tool uses %s\n"
           "if it can open it, else the socket of accesstokend if there is "
           "one.\n\n"
           "Exit codes:\n"
           "  0  success\n"
           "  1  failure: of the store, the disk or the output\n"
           "  2  wrong arguments, or not possible with this store\n"
           "  3  no such token or user\n"
           "  4  permission denied, or beyond the limits\n"
           "  5  the token is refused (verify)\n"
           "  7  the store, the name service or the limits cannot be used\n"
           "  8  conflict: something that exists stands in the way\n\n"
           "Examples:\n"
           "  $ accesstoken create jane\n"
           "  $ accesstoken list\n"
           "  $ accesstoken revoke 17\n\n"
           "See accesstoken(8).\n",
           tokenstore_default_path());
}

void help_print_command(const struct command *command) {
    help_print_usage(stdout, command);
    printf("\n%c%s.\n", toupper((unsigned char)command->summary[0]),
           command->summary + 1);
    print_options("Options", false, command->bit);
    print_options("Options of every command", true, command->bit);
    printf(
        "\nExamples:\n%s\n"
        "See 'accesstoken --help' for the exit codes, and accesstoken(8).\n",
        command->examples);
}

void help_print_version(void) {
    printf("accesstoken %s\n", tokenstore_version());
}

enum exit_code usage_failed(const struct context *context, const char *what) {
    const char *command =
        context->command != NULL ? context->command->name : "";

    complain("%s; see 'accesstoken%s%s --help'", what,
             *command != '\0' ? " " : "", command);
    return EXIT_USAGE;
}
