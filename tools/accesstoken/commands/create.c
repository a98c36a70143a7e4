/*
 * create.c - accesstoken create: issue a token.  The file for the secret is
 * made before the token, and a token whose secret cannot be written is revoked
 * again.
 */
#include <config.h>

#include "tools/accesstoken/commands/create.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/help.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/scope_names.h"
#include "tools/accesstoken/secret.h"
#include "tools/common/process.h"

static enum exit_code failed(const char *what, const char *value,
                             enum tokenstore_error error) {
    return error == TOKENSTORE_OK ? EXIT_OK
                                  : argument_failed(what, value, error);
}

/* Applies lifetime_default to a token without --expires. */
static enum exit_code set_default_expiry(const struct options *options,
                                         const struct limits *limits) {
    if ((options->fields & TOKENSTORE_FIELD_EXPIRATION_TIME) != 0 ||
        limits->lifetime_default == 0)
        return EXIT_OK;
    return failed(
        "lifetime_default", "",
        tokenstore_token_set_expiration_time(
            options->token, options->now + limits->lifetime_default));
}

/* Sets the user of a token in a local store: an account of this machine, or
 * with --virtual a name that is none. */
static enum tokenstore_error
set_local_user(const struct options *options,
               const struct tokenstore_identity *given) {
    struct tokenstore_identity *user = NULL;
    enum tokenstore_error error =
        tokenstore_identity_resolve(given, options->virtual_user, &user);

    if (error == TOKENSTORE_OK)
        error = tokenstore_token_set_user(options->token, user);
    tokenstore_identity_free(&user);
    return error;
}

/* Sets the user of a token in a remote store, whose server looks it up. */
static enum tokenstore_error
set_remote_user(const struct options *options,
                struct tokenstore_identity *given) {
    enum tokenstore_error error = TOKENSTORE_OK;

    if (options->virtual_user)
        error = tokenstore_identity_set(given, "domain", "API_NULL_DOMAIN");
    if (error == TOKENSTORE_OK)
        error = tokenstore_token_set_user(options->token, given);
    return error;
}

/* Sets the user of the token; "text" is USER, or NULL with --self. */
static enum exit_code set_user(const struct context *context,
                               const struct caller *caller, const char *text) {
    struct tokenstore_identity *given = NULL;
    char self[sizeof("uid:4294967295")];
    enum tokenstore_error error;

    if (text == NULL) {
        snprintf(self, sizeof(self), "uid:%" PRIu32, caller->uid);
        text = self;
    }
    error = tokenstore_identity_parse(text, &given);
    if (error == TOKENSTORE_OK)
        error = store_is_remote(context)
                    ? set_remote_user(&context->options, given)
                    : set_local_user(&context->options, given);
    tokenstore_identity_free(&given);
    return failed("user", text, error);
}

/* Sets the user and the creator of the token. */
static enum exit_code set_identities(const struct context *context,
                                     const struct caller *caller) {
    const char *text = context->options.arguments[0];
    enum exit_code code;

    /* A server knows the caller, and records the creator itself. */
    if (text == NULL && store_is_remote(context))
        return EXIT_OK;
    code = set_user(context, caller, text);
    if (code != EXIT_OK || caller->identity == NULL)
        return code;
    return failed("creator", "",
                  tokenstore_token_set_creator(context->options.token,
                                               caller->identity));
}

/* Revokes a token whose secret nobody has. */
static void revoke_again(struct context *context, const struct caller *caller,
                         const struct tokenstore_token *created) {
    const uint64_t id = tokenstore_token_id(created);
    char text[TOKENSTORE_ID_SIZE];
    enum tokenstore_error error;
    enum exit_code code = EXIT_OK;

    tokenstore_token_id_text(created, text);
    if (id == 0) { /* another server's id, which no command accepts */
        complain("token %s was issued, but its secret is lost: revoke it on "
                 "the server",
                 text);
        return;
    }
    error = tokenstore_revoke(context->store, &id, 1, NULL);
    if (error == TOKENSTORE_OK) {
        complain("token %s was issued, but its secret could not be written; "
                 "it is revoked again",
                 text);
    } else {
        code = store_failed(context, error);
        complain("token %s is valid, but its secret is lost: revoke it", text);
    }
    audit_token(context, caller, "revoke", code, created);
}

/* Writes the secret of a new token, or revokes the token. */
static enum exit_code hand_over(struct context *context,
                                const struct caller *caller,
                                struct secret_output *output,
                                const struct tokenstore_token *created,
                                struct tokenstore_bearer *bearer) {
    char label[16], expiry[32], id[TOKENSTORE_ID_SIZE];
    enum exit_code code;

    tokenstore_token_id_text(created, id);
    audit_token(context, caller, "create", EXIT_OK, created);
    code = secret_write(output, id, bearer, context->options.json);
    tokenstore_wipe(bearer, sizeof(*bearer));
    if (code == EXIT_OK)
        remark(
            "token %s for %s %s", id,
            user_label(tokenstore_token_user(created), label),
            expiry_phrase(tokenstore_token_expiration_time(created), expiry));
    else
        revoke_again(context, caller, created);
    return code;
}

static enum exit_code issue(struct context *context,
                            const struct caller *caller) {
    const struct options *options = &context->options;
    struct tokenstore_token *created = NULL;
    struct tokenstore_bearer bearer = {{0}};
    struct secret_output output;
    enum tokenstore_error error;
    enum exit_code code = secret_prepare(&output, options->output);

    if (code != EXIT_OK)
        return code;
    error = tokenstore_create(context->store, options->token, options->now,
                              &bearer, &created);
    if (error != TOKENSTORE_OK) {
        code = store_failed(context, error);
        secret_discard(&output);
        audit(context, caller, "create", code, 0,
              tokenstore_token_user(options->token), options->token, NULL);
        return code;
    }
    code = hand_over(context, caller, &output, created, &bearer);
    if (code == EXIT_OK && !store_is_remote(context))
        scope_names_warn(created);
    tokenstore_token_free(&created);
    return code;
}

enum exit_code command_create(struct context *context) {
    const struct options *options = &context->options;
    struct caller caller;
    struct limits limits;
    enum exit_code code;

    process_forbid_dumps();
    if (options->self && options->virtual_user)
        return usage_failed(context,
                            "--self and --virtual cannot be combined");
    code = expect_arguments(context, options->self ? 0 : 1, "USER");
    if (code == EXIT_OK)
        code = open_store_within_limits(context, &limits);
    if (code == EXIT_OK)
        code = set_default_expiry(options, &limits);
    if (code != EXIT_OK)
        return code;
    caller_get(&caller);
    code = set_identities(context, &caller);
    if (code == EXIT_OK)
        code = issue(context, &caller);
    caller_free(&caller);
    return code;
}
