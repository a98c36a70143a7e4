/*
 * restore.c - accesstoken restore: replace the store by a backup.
 */
#include <config.h>

#include "tools/accesstoken/commands/restore.h"

#include <unistd.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"

/* Prints the lines of the report, which is NULL if there is none. */
static void put_remarks(const struct tokenstore_report *report) {
    if (report != NULL)
        for (size_t i = 0; i < tokenstore_report_count(report); i++)
            remark("%s", tokenstore_report_line(report, i));
}

static enum exit_code put_json(const char *file,
                               const struct tokenstore_report *report) {
    struct json_writer json = {0};

    json_begin_object(&json);
    json_put_key(&json, "file");
    json_put_string(&json, file);
    json_put_key(&json, "remarks");
    json_begin_array(&json);
    if (report != NULL)
        for (size_t i = 0; i < tokenstore_report_count(report); i++)
            json_put_string(&json, tokenstore_report_line(report, i));
    json_end_array(&json);
    json_end_object(&json);
    return print_json(&json);
}

static enum exit_code restore(struct context *context) {
    const bool accept_revoked = context->options.accept_revoked;
    struct tokenstore_report *report = NULL;
    enum exit_code code = EXIT_OK;
    struct caller caller;
    const enum tokenstore_error error =
        is_dash(context->options.arguments[0])
            ? tokenstore_restore_from(context->store, STDIN_FILENO,
                                      accept_revoked, &report)
            : tokenstore_restore(context->store, context->options.arguments[0],
                                 accept_revoked, &report);

    if (!context->options.json || error != TOKENSTORE_OK)
        put_remarks(report);
    if (error != TOKENSTORE_OK)
        code = store_failed(context, error);
    caller_get(&caller);
    audit(context, &caller, "restore", code, 0, NULL, NULL,
          accept_revoked ? "accept_revoked=yes" : "accept_revoked=no");
    caller_free(&caller);
    if (code == EXIT_OK && context->options.json)
        code = put_json(context->options.arguments[0], report);
    tokenstore_report_free(&report);
    return code;
}

enum exit_code command_restore(struct context *context) {
    enum exit_code code = expect_arguments(context, 1, "FILE");

    if (code == EXIT_OK && is_dash(context->options.arguments[0]) &&
        isatty(STDIN_FILENO))
        code = usage_failed(context, "a terminal has no backup: give standard "
                                     "input a file or a program");
    if (code == EXIT_OK)
        code = open_store(context);
    return code == EXIT_OK ? restore(context) : code;
}
