/*
 * standard_input.c - who reads standard input.  Must let nobody read it who
 * would get what is meant for somebody else: a token could end up in a
 * message.
 */
#include <config.h>

#include "tools/accesstoken/standard_input.h"

#include <stdio.h>
#include <string.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/help.h"

/* Returns whether the arguments, or the command itself, read it. */
static bool command_reads(const struct context *context) {
    const struct options *options = &context->options;
    const char *first =
        options->argument_count > 0 ? options->arguments[0] : "";

    switch (context->command->bit) {
    case COMMAND_VERIFY:
        return true;
    case COMMAND_PAM:
        return strcmp(first, "test") == 0;
    case COMMAND_REVOKE:
    case COMMAND_RESTORE:
        return is_dash(first);
    default:
        return false;
    }
}

enum exit_code standard_input_check(const struct context *context) {
    const struct options *options = &context->options;
    const char *readers[3];
    size_t count = 0;
    char text[96];

    if (is_dash(options->remote.token_file))
        readers[count++] = "--token-file -";
    if (is_dash(options->limits))
        readers[count++] = "--limits -";
    if (command_reads(context))
        readers[count++] = context->command->name;
    if (count < 2)
        return EXIT_OK;
    snprintf(text, sizeof(text), "%s and %s both read standard input",
             readers[0], readers[1]);
    return usage_failed(context, text);
}
