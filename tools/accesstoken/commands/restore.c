/*
 * restore.c - accesstoken restore: replace the store by a backup.
 */
#include <config.h>

#include "tools/accesstoken/commands/restore.h"

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"

static enum exit_code restore(struct context *context) {
    const bool accept_revoked = context->options.accept_revoked;
    struct tokenstore_report *report = NULL;
    enum exit_code code = EXIT_OK;
    struct caller caller;
    const enum tokenstore_error error =
        tokenstore_restore(context->store, context->options.arguments[0],
                           accept_revoked, &report);

    if (report != NULL)
        for (size_t i = 0; i < tokenstore_report_count(report); i++)
            remark("%s", tokenstore_report_line(report, i));
    if (error != TOKENSTORE_OK)
        code = store_failed(context, error);
    caller_get(&caller);
    audit(context, &caller, "restore", code, 0, NULL, NULL,
          accept_revoked ? "accept_revoked=yes" : "accept_revoked=no");
    caller_free(&caller);
    tokenstore_report_free(&report);
    return code;
}

enum exit_code command_restore(struct context *context) {
    enum exit_code code = expect_arguments(context, 1, "FILE");

    if (code == EXIT_OK)
        code = open_store(context);
    return code == EXIT_OK ? restore(context) : code;
}
