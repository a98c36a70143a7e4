/*
 * rotate.c - accesstoken rotate: replace a token by one with a new secret. The
 * old secret may be invalid from the same moment, so the file for the new one
 * is made first.  If it cannot be written all the same, the new token stays,
 * and can be rotated again.
 */
#include <config.h>

#include "tools/accesstoken/commands/rotate.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/audit.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/secret.h"
#include "tools/common/process.h"

/* Returns what has become of the old token. */
static const char *old_phrase(int64_t grace, char buffer[static 64]) {
    char text[TOKENSTORE_DURATION_SIZE];

    if (grace == 0)
        return "is revoked";
    if (tokenstore_duration_format(grace, text) != TOKENSTORE_OK)
        return "stays valid for now";
    snprintf(buffer, 64, "stays valid for %s", text);
    return buffer;
}

/* Prints what happened, as a notice or an error. */
static void report(const struct context *context, uint64_t old,
                   const struct tokenstore_token *created, bool delivered) {
    const int64_t expires = tokenstore_token_expiration_time(created);
    char id[TOKENSTORE_ID_SIZE], label[16], expiry[32], phrase[64];
    /* A server may not show a token that rotates itself. */
    const bool known =
        tokenstore_token_creation_time(created) != TOKENSTORE_NEVER;

    tokenstore_token_id_text(created, id);
    if (delivered)
        remark("token %s for %s%s%s; token %" PRIu64 " %s", id,
               user_label(tokenstore_token_user(created), label),
               known ? " " : "", known ? expiry_phrase(expires, expiry) : "",
               old, old_phrase(context->options.grace, phrase));
    else
        complain("token %s replaced token %" PRIu64 ", but its secret is "
                 "lost: rotate token %s again",
                 id, old, id);
}

static enum exit_code rotate(struct context *context, uint64_t old,
                             const struct caller *caller) {
    const struct options *options = &context->options;
    struct tokenstore_token *created = NULL;
    struct tokenstore_bearer bearer = {{0}};
    struct secret_output output;
    char id[TOKENSTORE_ID_SIZE], detail[TOKENSTORE_ID_SIZE + 8];
    enum tokenstore_error error;
    enum exit_code code = secret_prepare(&output, options->output);

    if (code != EXIT_OK)
        return code;
    error =
        tokenstore_rotate(context->store, old, options->grace,
                          caller->identity, options->now, &bearer, &created);
    if (error != TOKENSTORE_OK) {
        code = store_failed(context, error);
        secret_discard(&output);
        audit(context, caller, "rotate", code, old, NULL, NULL, NULL);
        return code;
    }
    snprintf(detail, sizeof(detail), "new=%s",
             tokenstore_token_id_text(created, id));
    audit(context, caller, "rotate", EXIT_OK, old, NULL, created, detail);
    code = secret_write(&output, id, &bearer, options->json);
    tokenstore_wipe(&bearer, sizeof(bearer));
    report(context, old, created, code == EXIT_OK);
    tokenstore_token_free(&created);
    return code;
}

enum exit_code command_rotate(struct context *context) {
    struct limits limits;
    struct caller caller;
    uint64_t old;
    enum exit_code code;

    process_forbid_dumps();
    code = expect_id(context, &old);
    if (code == EXIT_OK)
        code = open_store_within_limits(context, &limits);
    if (code != EXIT_OK)
        return code;
    caller_get(&caller);
    code = rotate(context, old, &caller);
    caller_free(&caller);
    return code;
}
