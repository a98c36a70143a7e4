/*
 * modify.c - accesstoken modify: change a token.
 */
#include <config.h>

#include "tools/accesstoken/commands/modify.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/common/audit_line.h"

/* Adds the fields that switches stand for; refuses those that exclude each
 * other. */
static enum exit_code settle(struct context *context) {
    struct options *options = &context->options;

    if (options->enable && options->disable)
        return usage_failed(context,
                            "--enable and --disable cannot be combined");
    if (options->any_scope && (options->fields & TOKENSTORE_FIELD_SCOPES) != 0)
        return usage_failed(context,
                            "--scope and --any-scope cannot be combined");
    if (options->any_network &&
        (options->fields & TOKENSTORE_FIELD_NETWORKS) != 0)
        return usage_failed(context,
                            "--from and --any-network cannot be combined");
    if (options->enable || options->disable) {
        options->fields |= TOKENSTORE_FIELD_ENABLED;
        tokenstore_token_set_enabled(options->token, options->enable);
    }
    if (options->any_scope)
        options->fields |= TOKENSTORE_FIELD_SCOPES;
    if (options->any_network)
        options->fields |= TOKENSTORE_FIELD_NETWORKS;
    if (options->fields == 0)
        return usage_failed(context, "nothing to change");
    return EXIT_OK;
}

static enum exit_code modify(struct context *context, uint64_t id) {
    const struct options *options = &context->options;
    const struct tokenstore_identity *user = NULL;
    struct tokenstore_token *modified = NULL;
    struct caller caller;
    char detail[AUDIT_CHANGED_SIZE], label[16], expiry[32];
    enum exit_code code = EXIT_OK;
    const enum tokenstore_error error =
        tokenstore_modify(context->store, id, options->fields, options->token,
                          options->now, &modified);

    if (error != TOKENSTORE_OK)
        code = store_failed(context, error);
    else
        user = tokenstore_token_user(modified);
    audit_changed(options->fields, options->enable, detail);
    caller_get(&caller);
    audit(context, &caller, "modify", code, id, user, modified, detail);
    caller_free(&caller);
    if (code == EXIT_OK)
        remark(
            "modified token %" PRIu64 " for %s: %s, %s", id,
            user_label(user, label),
            tokenstore_token_enabled(modified) ? "enabled" : "disabled",
            expiry_phrase(tokenstore_token_expiration_time(modified), expiry));
    tokenstore_token_free(&modified);
    return code;
}

enum exit_code command_modify(struct context *context) {
    const struct options *options = &context->options;
    struct limits limits;
    uint64_t id;
    enum exit_code code = expect_id(context, &id);

    if (code == EXIT_OK)
        code = settle(context);
    if (code != EXIT_OK)
        return code;
    /* A token can always be disabled, whatever the limits are. */
    if (options->fields == TOKENSTORE_FIELD_ENABLED && options->disable)
        code = open_store(context);
    else
        code = open_store_within_limits(context, &limits);
    return code == EXIT_OK ? modify(context, id) : code;
}
