/*
 * backup.c - accesstoken backup: write a copy of the store to a new file.
 */
#include <config.h>

#include "tools/accesstoken/commands/backup.h"

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/open_store.h"

enum exit_code command_backup(struct context *context) {
    enum exit_code code = expect_arguments(context, 1, "FILE");
    enum tokenstore_error error;

    if (code == EXIT_OK)
        code = open_store(context);
    if (code != EXIT_OK)
        return code;
    error = tokenstore_backup(context->store, context->options.arguments[0]);
    return error == TOKENSTORE_OK ? EXIT_OK : store_failed(context, error);
}
