/*
 * restore.c - accesstoken restore: put a backup in the store's place, whole
 * or not at all.  Never brings a revoked token back unless told to.
 */
#include <config.h>

#include <stddef.h>

#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/options.h"
#include "tools/accesstoken/output.h"

static const struct option options[] = {
    {"accept-revoked", no_argument, NULL, OPTION_ACCEPT_REVOKED},
    COMMON_OPTIONS,
};

static enum exit_code restore(struct context *context, const char *file,
                              bool accept_revoked) {
    struct tokenstore_report *report = NULL;
    enum exit_code code = EXIT_OK;
    struct caller caller;
    enum tokenstore_error error;
    size_t i;

    error = tokenstore_restore(context->store, file, accept_revoked, &report);
    if (report != NULL)
        for (i = 0; i < tokenstore_report_count(report); i++)
            remark("%s", tokenstore_report_line(report, i));
    if (error != TOKENSTORE_OK)
        code = store_failed(context, error);
    caller_get(&caller);
    audit(context, &caller, "restore", code, 0, NULL,
          accept_revoked ? "accept_revoked=yes" : "accept_revoked=no");
    caller_free(&caller);
    tokenstore_report_free(&report);
    return code;
}

enum exit_code command_restore(struct context *context, int argc,
                               char **argv) {
    bool accept_revoked = false;
    enum exit_code code;
    int option;

    while ((option = next_option(context, argc, argv, options)) != -1) {
        if (option != OPTION_ACCEPT_REVOKED)
            return EXIT_USAGE;
        accept_revoked = true;
    }
    code = expect_arguments(context, argc, 1, "FILE");
    if (code == EXIT_OK)
        code = open_store(context);
    if (code == EXIT_OK)
        code = restore(context, argv[optind], accept_revoked);
    return code;
}
