/*
 * verify.c - ask a remote store whether a token may be used.
 * Must never say yes but to the plugin's yes about this very token and user.
 */
#include <string.h>

#include "tokenstore/format/bearer.h"
#include "tokenstore/host/account.h"
#include "tokenstore/remote/server.h"
#include "tokenstore/values/network.h"

/* The server names the account; the one who asked may have written its name
 * in another way that the name service knows. */
static enum tokenstore_error check_user(const struct remote *remote,
                                        const char *asked, const char *named,
                                        struct message *message) {
    struct account account;

    if (asked == NULL || strcmp(asked, named) == 0)
        return TOKENSTORE_OK;
    account_by_name(asked, &account);
    if (account.state == ACCOUNT_EXISTS && strcmp(account.name, named) == 0)
        return TOKENSTORE_OK;
    if (account.state == ACCOUNT_UNAVAILABLE)
        return message_set(
            message, TOKENSTORE_ERROR_NSS_UNAVAILABLE, "%s",
            tokenstore_strerror(TOKENSTORE_ERROR_NSS_UNAVAILABLE));
    return message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                       "%s: not an answer to believe: Remote-User is not who "
                       "was asked about",
                       remote->server.uri);
}

/* Ask the plugin; what can be decided without it is. */
static enum tokenstore_error
ask(const struct remote *remote, struct remote_question *question,
    const struct tokenstore_request *request, struct tokenstore_token *token,
    enum tokenstore_reason *reason, struct message *message) {
    const struct remote_plugin *plugin;
    struct network address;
    enum tokenstore_error error;

    if (request->any_scope)
        return remote_cannot(remote, "to verify whatever the scope", message);
    /* The rule about networks counts what does not parse as not known. */
    if (request->address != NULL &&
        network_parse_address(request->address, &address))
        question->address = address.text;
    if (question->address != NULL && remote->server.socket == NULL)
        return message_set(
            message, TOKENSTORE_ERROR_UNSUPPORTED,
            "%s: judges by the address that it is asked from: no "
            "other can be given",
            remote->server.uri);
    /* No account has such a name, and Basic cannot say it. */
    if (question->user != NULL && !identity_name_valid(question->user)) {
        *reason = TOKENSTORE_REASON_USER;
        return TOKENSTORE_ERROR_REFUSED;
    }
    error = remote_reach(remote, &plugin, message);
    if (error == TOKENSTORE_OK)
        error =
            plugin->verify(&remote->server, question, token, reason, message);
    if (error == TOKENSTORE_OK)
        error = check_user(remote, question->user, token->user.name, message);
    return error;
}

enum tokenstore_error remote_verify(const struct remote *remote,
                                    const struct tokenstore_request *request,
                                    struct tokenstore_token **token,
                                    enum tokenstore_reason *reason,
                                    struct message *message) {
    struct remote_question question = {
        .user = request->user,
        .scopes = request->scopes,
        .scope_count = request->scope_count,
    };
    struct tokenstore_token *found = NULL;
    struct tokenstore_bearer bearer;
    struct bearer_parts parts;
    enum tokenstore_error error =
        bearer_parse(request->bearer, request->bearer_length, &parts);

    if (error != TOKENSTORE_OK)
        return error;
    bearer_format(&parts, &bearer);
    question.bearer = bearer.text;
    error = tokenstore_token_new(&found);
    if (error == TOKENSTORE_OK)
        error = ask(remote, &question, request, found, reason, message);
    if (error == TOKENSTORE_OK && token != NULL) {
        /* To ask again with. */
        memcpy(found->secret, parts.secret, sizeof(found->secret));
        found->has_secret = true;
        *token = found;
        found = NULL;
    }
    tokenstore_token_free(&found);
    tokenstore_wipe(&parts, sizeof(parts));
    tokenstore_wipe(&bearer, sizeof(bearer));
    return error;
}

enum tokenstore_error
remote_verify_again(const struct remote *remote,
                    const struct tokenstore_token *token,
                    const struct tokenstore_request *request,
                    enum tokenstore_reason *reason, struct message *message) {
    struct remote_question question = {
        .user = request->user,
        .scopes = request->scopes,
        .scope_count = request->scope_count,
        .tell_user = true,
    };
    struct bearer_parts parts = {.id = token->id};
    struct tokenstore_bearer bearer;
    struct tokenstore_token found;
    enum tokenstore_error error;

    if (!token->has_secret)
        return message_set(message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                           "%s: the token was not verified here",
                           remote->server.uri);
    memcpy(parts.secret, token->secret, sizeof(parts.secret));
    bearer_format(&parts, &bearer);
    question.bearer = bearer.text;
    error = ask(remote, &question, request, &found, reason, message);
    tokenstore_wipe(&parts, sizeof(parts));
    tokenstore_wipe(&bearer, sizeof(bearer));
    return error;
}
