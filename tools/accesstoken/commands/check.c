/*
 * check.c - accesstoken check: look for damage in the store.
 */
#include <config.h>

#include "tools/accesstoken/commands/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/store_check.h"

/* Prints {"sound":...,"findings":[...]}, if there is a result. */
static enum exit_code put_json(char *lines, enum exit_code code) {
    struct json_writer json = {0};
    enum exit_code printed;
    char *rest = lines;
    const char *line;

    if (code != EXIT_OK && code != EXIT_FAILED)
        return code;
    json_begin_object(&json);
    json_put_key(&json, "sound");
    json_put_bool(&json, code == EXIT_OK);
    json_put_key(&json, "findings");
    json_begin_array(&json);
    while ((line = strsep(&rest, "\n")) != NULL)
        if (*line != '\0')
            json_put_string(&json, line);
    json_end_array(&json);
    json_end_object(&json);
    printed = print_json(&json);
    return code == EXIT_OK ? printed : code;
}

static enum exit_code check_json(struct context *context) {
    char *lines = NULL;
    size_t length;
    FILE *stream = open_memstream(&lines, &length);
    enum exit_code code;

    if (stream == NULL)
        return out_of_memory();
    code = store_check(context, stream);
    if (fclose(stream) == 0)
        code = put_json(lines, code);
    else
        code = out_of_memory();
    free(lines);
    return code;
}

enum exit_code command_check(struct context *context) {
    enum exit_code code = expect_arguments(context, 0, NULL);

    if (code == EXIT_OK)
        code = open_store(context);
    if (code != EXIT_OK)
        return code;
    return context->options.json ? check_json(context)
                                 : store_check(context, stdout);
}
