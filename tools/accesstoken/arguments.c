/*
 * arguments.c - the arguments of a command that are not options.
 */
#include <config.h>

#include "tools/accesstoken/arguments.h"

#include <stdio.h>
#include <string.h>

#include "tools/accesstoken/help.h"
#include "tools/accesstoken/message.h"
#include "tools/common/decimal.h"

#define ID_MAX UINT32_MAX

enum exit_code expect_arguments(const struct context *context, int count,
                                const char *what) {
    char missing[32];

    if (context->options.argument_count > count)
        return usage_failed(context, "too many arguments");
    if (context->options.argument_count == count)
        return EXIT_OK;
    snprintf(missing, sizeof(missing), "%s is missing", what);
    return usage_failed(context, missing);
}

bool is_dash(const char *name) {
    return name != NULL && strcmp(name, "-") == 0;
}

enum exit_code parse_id(const char *text, uint64_t *id) {
    if (*text != '0' && decimal_parse(text, ID_MAX, id) && *id <= ID_MAX)
        return EXIT_OK;
    complain("id '%s': not an id, 1 to 4294967295", text);
    return EXIT_USAGE;
}

enum exit_code expect_id(const struct context *context, uint64_t *id) {
    const enum exit_code code = expect_arguments(context, 1, "ID");

    return code == EXIT_OK ? parse_id(context->options.arguments[0], id)
                           : code;
}
