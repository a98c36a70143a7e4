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

static void print_option(const struct option_rule *rule) {
    int at = printf("  --%s", rule->name);

    if (rule->argument != NULL)
        at += printf(" %s", rule->argument);
    printf("%*s", OPTION_TEXT - at, "");
    print_wrapped(rule->help, OPTION_TEXT);
}

void help_print(const struct command *commands, size_t count) {
    puts("usage: accesstoken [--store URI] COMMAND [ARGUMENT]...\n"
         "       accesstoken help [COMMAND]\n\n"
         "Issue, list and revoke access tokens.\n\n"
         "Commands:");
    for (size_t i = 0; i < count; i++)
        printf("  %-8s  %s\n", commands[i].name, commands[i].summary);
    puts("\nOptions of every command:");
    for (size_t i = 0; i < option_rule_count; i++)
        if (option_rules[i].commands == COMMAND_EVERY)
            print_option(&option_rules[i]);
    printf("\nWithout --store, the tool uses %s\n"
           "if it can open it, else the socket of accesstokend if there is "
           "one.\n\n"
           "Examples:\n"
           "  $ accesstoken create jane\n"
           "  $ accesstoken list\n"
           "  $ accesstoken revoke 17\n\n"
           "See accesstoken(8).\n",
           tokenstore_default_path());
}

/* Prints the options that only some commands take, this one among them. */
static void print_own_options(const struct command *command) {
    bool first = true;

    for (size_t i = 0; i < option_rule_count; i++) {
        if (option_rules[i].commands == COMMAND_EVERY ||
            (option_rules[i].commands & command->bit) == 0)
            continue;
        if (first)
            puts("\nOptions:");
        first = false;
        print_option(&option_rules[i]);
    }
}

void help_print_command(const struct command *command) {
    for (size_t i = 0; i < 3 && command->usage[i] != NULL; i++)
        printf("%s accesstoken [--store URI] %s%s%s\n",
               i == 0 ? "usage:" : "      ", command->name,
               *command->usage[i] != '\0' ? " " : "", command->usage[i]);
    printf("\n%c%s.\n", toupper((unsigned char)command->summary[0]),
           command->summary + 1);
    print_own_options(command);
    if (command->examples != NULL)
        printf("\nExamples:\n%s", command->examples);
    puts("\nSee 'accesstoken --help' for the options of every command, and\n"
         "accesstoken(8).");
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
