/*
 * modify.c - accesstoken modify: change a token.
 */
#include <config.h>

#include "tools/accesstoken/commands/modify.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/edit.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/common/audit_line.h"

/* How often somebody else may change the scopes between our reading and
 * writing them. */
#define ATTEMPTS 5

/* Adds the fields that switches stand for; refuses options that exclude each
 * other. */
static enum exit_code settle(struct context *context) {
    struct options *options = &context->options;
    const unsigned int edited = edit_fields(options);

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
    if ((options->fields & edited & TOKENSTORE_FIELD_SCOPES) != 0)
        return usage_failed(context, "give either all scopes, or those to add "
                                     "and to remove");
    if ((options->fields & edited & TOKENSTORE_FIELD_NETWORKS) != 0)
        return usage_failed(context, "give either all networks, or those to "
                                     "add and to remove");
    options->fields |= edited;
    if (options->fields == 0)
        return usage_failed(context, "nothing to change");
    return EXIT_OK;
}

static enum tokenstore_error is_as_read(const struct tokenstore_token *before,
                                        const struct tokenstore_token *after,
                                        void *argument) {
    (void)after;
    return edit_is_same(before, argument) ? TOKENSTORE_OK
                                          : TOKENSTORE_ERROR_CONFLICT;
}

/* Modifies a token that was read, unless somebody else has changed its scopes
 * or networks since (CONFLICT).  A server cannot be asked for that. */
static enum tokenstore_error
modify_as_read(struct context *context, struct tokenstore_token *read,
               const struct tokenstore_token *values,
               char message[static TOKENSTORE_MESSAGE_SIZE],
               struct tokenstore_token **modified) {
    const struct options *options = &context->options;
    struct tokenstore_change change = {
        .kind = TOKENSTORE_CHANGE_MODIFY,
        .id = tokenstore_token_id(read),
        .values = values,
        .fields = options->fields,
        .approve = store_is_remote(context) ? NULL : is_as_read,
        .argument = read,
    };
    enum tokenstore_error error =
        tokenstore_apply(context->store, &change, 1, options->now);

    if (error == TOKENSTORE_OK)
        error = change.error;
    snprintf(message, TOKENSTORE_MESSAGE_SIZE, "%s", change.message);
    *modified = change.token;
    return error;
}

/* Adds and removes single scopes and networks. */
static enum exit_code modify_sets(struct context *context, uint64_t id,
                                  struct tokenstore_token **modified) {
    enum tokenstore_error error = TOKENSTORE_ERROR_CONFLICT;
    char message[TOKENSTORE_MESSAGE_SIZE];
    enum exit_code code = EXIT_OK;

    for (int i = 0; i < ATTEMPTS && error == TOKENSTORE_ERROR_CONFLICT; i++) {
        struct tokenstore_token *read = NULL, *values = NULL;

        *message = '\0'; /* of the attempt before */
        error = tokenstore_get(context->store, id, &read);
        if (error == TOKENSTORE_OK)
            code = edit_values(&context->options, read, &values);
        if (error == TOKENSTORE_OK && code == EXIT_OK)
            error = modify_as_read(context, read, values, message, modified);
        tokenstore_token_free(&values);
        tokenstore_token_free(&read);
    }
    if (error == TOKENSTORE_OK || *message == '\0')
        return error == TOKENSTORE_OK ? code : store_failed(context, error);
    complain("%s", message);
    return exit_code(error);
}

static enum exit_code change(struct context *context, uint64_t id,
                             struct tokenstore_token **modified) {
    const struct options *options = &context->options;
    enum tokenstore_error error;

    if (edit_fields(options) != 0)
        return modify_sets(context, id, modified);
    error = tokenstore_modify(context->store, id, options->fields,
                              options->token, options->now, modified);
    return error == TOKENSTORE_OK ? EXIT_OK : store_failed(context, error);
}

typedef const char *word_of(const struct tokenstore_token *, size_t);

static void put_words(const struct tokenstore_token *token, const char *kind,
                      size_t count, word_of *word) {
    fprintf(stderr, ", %s%s", count == 0 ? "any " : "", kind);
    for (size_t i = 0; i < count; i++) {
        putc(' ', stderr);
        print_safe(stderr, word(token, i));
    }
}

/* Says what the token is like now, in what was changed. */
static void put_changes(const struct tokenstore_token *token,
                        unsigned int fields) {
    const char *name = tokenstore_token_name(token);
    char label[16], expiry[32];

    if (!remarks_are_wanted())
        return;
    fprintf(stderr, "modified token %" PRIu64 " for ",
            tokenstore_token_id(token));
    print_safe(stderr, user_label(tokenstore_token_user(token), label));
    if ((fields & TOKENSTORE_FIELD_NAME) != 0) {
        fputs(*name != '\0' ? ", name " : ", no name", stderr);
        print_safe(stderr, name);
    }
    if ((fields & TOKENSTORE_FIELD_SCOPES) != 0)
        put_words(token, "scope", tokenstore_token_scope_count(token),
                  tokenstore_token_scope);
    if ((fields & TOKENSTORE_FIELD_NETWORKS) != 0)
        put_words(token, "network", tokenstore_token_network_count(token),
                  tokenstore_token_network);
    fprintf(stderr, ": %s, %s\n",
            tokenstore_token_enabled(token) ? "enabled" : "disabled",
            expiry_phrase(tokenstore_token_expiration_time(token), expiry));
}

static enum exit_code modify(struct context *context, uint64_t id) {
    const struct options *options = &context->options;
    const struct tokenstore_identity *user = NULL;
    struct tokenstore_token *modified = NULL;
    struct caller caller;
    char detail[AUDIT_CHANGED_SIZE];
    enum exit_code code = change(context, id, &modified);

    if (code == EXIT_OK)
        user = tokenstore_token_user(modified);
    audit_changed(options->fields, options->enable, detail);
    caller_get(&caller);
    audit(context, &caller, "modify", code, id, user, modified, detail);
    caller_free(&caller);
    if (code == EXIT_OK) {
        put_changes(modified, options->fields);
        if (options->json)
            code = print_entry(modified);
    }
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
