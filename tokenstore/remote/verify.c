/*
 * verify.c - may a bearer token be used, by the answer of a remote store?
 * Must never say yes unless the server does, about this very token and user.
 */
#include "tokenstore/remote/verify.h"

#include <string.h>

#include "tokenstore/format/bearer.h"
#include "tokenstore/host/account.h"
#include "tokenstore/remote/remote.h"
#include "tokenstore/remote/server.h"
#include "tokenstore/remote/socket.h"
#include "tokenstore/values/network.h"

/* Is the user whom the server names the one asked about?  The caller may have
 * written the name in another way that the name service knows. */
static enum tokenstore_error check_user(struct remote *remote,
                                        const char *asked, const char *named) {
    struct message *message = &remote->message;
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
                       "%s: invalid answer: Remote-User is not the user asked "
                       "about",
                       remote->server.uri);
}

/* Only https: needs libcurl, and so the plugin. */
static enum tokenstore_error ask_server(const struct remote_server *server,
                                        const struct remote_question *question,
                                        struct tokenstore_token *token,
                                        enum tokenstore_reason *reason,
                                        struct message *message) {
    const struct remote_plugin *plugin;
    enum tokenstore_error error;

    if (server->socket != NULL)
        return socket_verify(server, question, token, reason, message);
    error = server_reach(server, &plugin, message);
    return error == TOKENSTORE_OK
               ? plugin->verify(server, question, token, reason, message)
               : error;
}

/* Ask the server, after all that can be decided without it. */
static enum tokenstore_error ask(struct remote *remote,
                                 struct remote_question *question,
                                 const struct tokenstore_request *request,
                                 struct tokenstore_token *token,
                                 enum tokenstore_reason *reason) {
    const struct remote_server *server = &remote->server;
    struct message *message = &remote->message;
    struct network address;
    enum tokenstore_error error;

    if (request->any_scope)
        return server_cannot(server, "to verify whatever the scope", message);
    /* An address that cannot be parsed counts as not known. */
    if (request->address != NULL &&
        network_parse_address(request->address, &address))
        question->address = address.text;
    if (question->address != NULL && server->socket == NULL)
        return message_set(
            message, TOKENSTORE_ERROR_UNSUPPORTED,
            "%s: the server judges by the address of its own peer: no other "
            "can be given",
            server->uri);
    /* No account has such a name, and Basic authentication has no way to write
     * it. */
    if (question->user != NULL && !identity_name_valid(question->user)) {
        *reason = TOKENSTORE_REASON_USER;
        return TOKENSTORE_ERROR_REFUSED;
    }
    error = ask_server(server, question, token, reason, message);
    if (error == TOKENSTORE_OK)
        error = check_user(remote, question->user, token->user.name);
    return error;
}

enum tokenstore_error remote_verify(void *store,
                                    const struct tokenstore_request *request,
                                    struct tokenstore_token **token,
                                    enum tokenstore_reason *reason) {
    struct remote *remote = store;
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
        error = ask(remote, &question, request, found, reason);
    if (error == TOKENSTORE_OK && token != NULL) {
        /* Keep the secret, which verify_again needs. */
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
remote_verify_again(void *store, const struct tokenstore_token *token,
                    const struct tokenstore_request *request,
                    enum tokenstore_reason *reason) {
    struct remote *remote = store;
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
        return message_set(&remote->message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                           "%s: the token was not verified here",
                           remote->server.uri);
    memcpy(parts.secret, token->secret, sizeof(parts.secret));
    bearer_format(&parts, &bearer);
    question.bearer = bearer.text;
    error = ask(remote, &question, request, &found, reason);
    tokenstore_wipe(&parts, sizeof(parts));
    tokenstore_wipe(&bearer, sizeof(bearer));
    return error;
}
