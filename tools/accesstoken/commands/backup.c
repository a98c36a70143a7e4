/*
 * backup.c - accesstoken backup: a complete, consistent copy of the store in
 * a new file.  Never over a file that is there; the copy is as secret as the
 * store.
 */
#include <config.h>

#include <stddef.h>

#include "tools/accesstoken/options.h"
#include "tools/accesstoken/output.h"

static const struct option options[] = {COMMON_OPTIONS};

enum exit_code command_backup(struct context *context, int argc, char **argv) {
    enum tokenstore_error error;
    enum exit_code code;

    if (next_option(context, argc, argv, options) != -1)
        return EXIT_USAGE;
    code = expect_arguments(context, argc, 1, "FILE");
    if (code == EXIT_OK)
        code = open_store(context);
    if (code != EXIT_OK)
        return code;
    error = tokenstore_backup(context->store, argv[optind]);
    if (error != TOKENSTORE_OK)
        return store_failed(context, error);
    return EXIT_OK;
}
