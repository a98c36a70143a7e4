/*
 * backup.c - accesstoken backup: write a copy of the store to a new file.
 */
#include <config.h>

#include "tools/accesstoken/commands/backup.h"

#include <sys/stat.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"

static enum exit_code put_json(const char *file) {
    struct json_writer json = {0};
    struct stat status;

    json_begin_object(&json);
    json_put_key(&json, "file");
    json_put_string(&json, file);
    if (stat(file, &status) == 0) {
        json_put_key(&json, "size");
        json_put_number(&json, (uint64_t)status.st_size);
    }
    json_end_object(&json);
    return print_json(&json);
}

enum exit_code command_backup(struct context *context) {
    enum exit_code code = expect_arguments(context, 1, "FILE");
    const char *file = context->options.arguments[0];
    enum tokenstore_error error;

    if (code == EXIT_OK)
        code = open_store(context);
    if (code != EXIT_OK)
        return code;
    error = tokenstore_backup(context->store, file);
    if (error != TOKENSTORE_OK)
        return store_failed(context, error);
    return context->options.json ? put_json(file) : EXIT_OK;
}
