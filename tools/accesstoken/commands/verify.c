/*
 * verify.c - accesstoken verify: say whether a token is valid.  Must not print
 * or keep what it reads from standard input.
 */
#include <config.h>

#include "tools/accesstoken/commands/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/message.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/output.h"
#include "tools/accesstoken/secret_input.h"
#include "tools/common/process.h"

/* Looks up the user, unless it is a bare name, which is compared as it is. */
static enum exit_code settle_user(struct options *options) {
    struct tokenstore_identity *account = NULL;
    enum tokenstore_error error;
    uint32_t number;

    if (options->user == NULL)
        return EXIT_OK;
    if (tokenstore_identity_name(options->user) != NULL &&
        tokenstore_identity_domain(options->user) == NULL &&
        !tokenstore_identity_uid(options->user, &number))
        return EXIT_OK;
    error = tokenstore_identity_resolve(options->user, false, &account);
    if (error != TOKENSTORE_OK)
        return argument_failed("--user", options->user_text, error);
    tokenstore_identity_free(&options->user);
    options->user = account;
    return EXIT_OK;
}

static enum exit_code answer(const struct options *options,
                             const struct tokenstore_token *token) {
    char label[16];

    if (options->json)
        return print_entry(token);
    printf("%" PRIu64 " ", tokenstore_token_id(token));
    print_safe(stdout, user_label(tokenstore_token_user(token), label));
    putchar('\n');
    return EXIT_OK;
}

static enum exit_code verify(struct context *context, const char *bearer,
                             size_t length) {
    const struct options *options = &context->options;
    const char *scopes[TOKENSTORE_SCOPES_MAX];
    struct tokenstore_request request = {
        .bearer = bearer,
        .bearer_length = length,
        .scopes = scopes,
        .scope_count = tokenstore_token_scope_count(options->token),
        .address = options->address,
        .now = time(NULL),
    };
    struct tokenstore_token *token = NULL;
    enum tokenstore_reason reason = TOKENSTORE_REASON_NONE;
    enum tokenstore_error error;
    enum exit_code code;

    for (size_t i = 0; i < request.scope_count; i++)
        scopes[i] = tokenstore_token_scope(options->token, i);
    if (options->user != NULL)
        request.user = tokenstore_identity_name(options->user);
    error = tokenstore_verify(context->store, &request, &token, &reason);
    if (store_is_new(context, error)) {
        error = TOKENSTORE_ERROR_REFUSED;
        reason = TOKENSTORE_REASON_UNKNOWN;
    }
    if (error == TOKENSTORE_OK) {
        code = answer(options, token);
    } else if (error == TOKENSTORE_ERROR_REFUSED) {
        complain("refused: %s", tokenstore_reason_name(reason));
        code = EXIT_REFUSED;
    } else {
        code = store_failed(context, error);
    }
    tokenstore_token_free(&token);
    return code;
}

enum exit_code command_verify(struct context *context) {
    char bearer[SECRET_INPUT_SIZE];
    size_t length;
    enum exit_code code;

    process_forbid_dumps();
    code = expect_arguments(context, 0, NULL);
    if (code == EXIT_OK)
        code = settle_user(&context->options);
    if (code == EXIT_OK)
        code = open_store(context);
    if (code == EXIT_OK)
        code = secret_read("Bearer token: ", bearer, &length);
    if (code == EXIT_OK)
        code = verify(context, bearer, length);
    tokenstore_wipe(bearer, sizeof(bearer));
    return code;
}
