/*
 * backup.c - accesstoken backup: write a copy of the store to a new file or to
 * standard output, which then has nothing else.
 */
#include <config.h>

#include "tools/accesstoken/commands/backup.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"

/* Leaves out a size below 0, which is not known. */
static void put_json(struct json_writer *json, const char *file,
                     int64_t size) {
    json_begin_object(json);
    json_put_key(json, "file");
    json_put_string(json, file);
    if (size >= 0) {
        json_put_key(json, "size");
        json_put_number(json, (uint64_t)size);
    }
    json_end_object(json);
}

static enum exit_code to_file(struct context *context, const char *file) {
    const enum tokenstore_error error =
        tokenstore_backup(context->store, file);
    struct json_writer json = {0};
    struct stat status;

    if (error != TOKENSTORE_OK)
        return store_failed(context, error);
    if (!context->options.json)
        return EXIT_OK;
    put_json(&json, file, stat(file, &status) == 0 ? status.st_size : -1);
    return print_json(&json);
}

/* Standard output has the backup, so the report goes to standard error. */
static enum exit_code to_output(struct context *context) {
    struct json_writer json = {0};
    enum exit_code code = EXIT_OK;
    uint64_t size;
    const enum tokenstore_error error =
        tokenstore_backup_to(context->store, STDOUT_FILENO, &size);

    if (error != TOKENSTORE_OK)
        return store_failed(context, error);
    if (!context->options.json)
        return EXIT_OK;
    put_json(&json, "-", (int64_t)size);
    json_newline(&json);
    if (json.failed)
        code = out_of_memory();
    else
        fwrite(json.data, 1, json.length, stderr);
    json_free(&json);
    return code;
}

enum exit_code command_backup(struct context *context) {
    enum exit_code code = expect_arguments(context, 1, "FILE");
    const char *file = context->options.arguments[0];
    bool is_output;

    if (code != EXIT_OK)
        return code;
    is_output = is_dash(file);
    if (is_output && isatty(STDOUT_FILENO))
        return usage_failed(context, "a terminal cannot take a backup: send "
                                     "standard output to a file or a program");
    code = open_store(context);
    if (code != EXIT_OK)
        return code;
    return is_output ? to_output(context) : to_file(context, file);
}
