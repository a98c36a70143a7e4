/*
 * verify.c - ask a server whether a bearer token may be used.
 * Exactly one response is a yes: status 200 without content, with one header
 * that names the token presented and one that names its user.  Must never take
 * anything else for a yes.  The caller compares the user with the one asked
 * about.
 */
#include "tokenstore/remote/http/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenstore/remote/http/conversation.h"
#include "tokenstore/remote/http/json_read.h"

/* Append a parameter to a path, which is freed.  NULL without memory. */
static char *add_parameter(char *path, const char *key, const char *value) {
    char *escaped = conversation_escape(value);
    char *longer = NULL;

    if (path == NULL || escaped == NULL ||
        asprintf(&longer, "%s%c%s=%s", path,
                 strchr(path, '?') == NULL ? '?' : '&', key, escaped) < 0)
        longer = NULL;
    free(escaped);
    free(path);
    return longer;
}

static char *verify_path(const struct remote_question *question) {
    char *path = strdup("/v1/auth/verify");

    for (size_t i = 0; i < question->scope_count; i++)
        path = add_parameter(path, "require_scope", question->scopes[i]);
    if (question->address != NULL)
        path = add_parameter(path, "from", question->address);
    return path;
}

/* Read the words of X-Token-Scope; the scopes asked for must be among them.  A
 * token without scopes has no such header, and may be used for every scope
 * that is not reserved. */
static bool read_scopes(const struct header *header,
                        const struct remote_question *question,
                        struct tokenstore_token *token) {
    char words[HEADER_SIZE];
    char *rest = NULL;

    if (header->count == 0)
        return true;
    if (header->count > 1)
        return false;
    memcpy(words, header->text, sizeof(words));
    for (char *word = strtok_r(words, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        if (tokenstore_token_add_scope(token, word) != TOKENSTORE_OK)
            return false;
    for (size_t i = 0; i < question->scope_count; i++) {
        size_t j = 0;

        while (j < token->scope_count &&
               strcmp(question->scopes[i], token->scopes[j]) != 0)
            j++;
        if (j == token->scope_count)
            return false;
    }
    return token->scope_count > 0;
}

static enum tokenstore_error read_yes(struct conversation *conversation,
                                      const struct response *response,
                                      const struct remote_question *question,
                                      struct tokenstore_token *token) {
    const struct header *id = &response->headers[HEADER_TOKEN_ID];
    const struct header *user = &response->headers[HEADER_REMOTE_USER];
    uint64_t presented;

    memset(token, 0, sizeof(*token));
    token->enabled = true;
    token->creation_time = TOKENSTORE_NEVER;
    token->expiration_time = TOKENSTORE_NEVER;
    if (response->length > 0)
        return conversation_reject(conversation, "the response has content");
    if (id->count != 1 || !json_parse_id(id->text, &token->id) ||
        tokenstore_bearer_id(question->bearer, strlen(question->bearer),
                             &presented) != TOKENSTORE_OK ||
        token->id != presented)
        return conversation_reject(conversation,
                                   "X-Token-Id is not the token's id");
    if (user->count != 1 || user->text[0] == '\0' ||
        strlen(user->text) > IDENTITY_NAME_MAX)
        return conversation_reject(conversation, "Remote-User");
    strcpy(token->user.name, user->text);
    if (!read_scopes(&response->headers[HEADER_TOKEN_SCOPE], question, token))
        return conversation_reject(conversation, "X-Token-Scope");
    return TOKENSTORE_OK;
}

static enum tokenstore_error read_no(struct conversation *conversation,
                                     const struct response *response,
                                     enum tokenstore_reason *reason) {
    const char *challenge = response->headers[HEADER_CHALLENGE].text;

    if (response->status == 401)
        *reason = TOKENSTORE_REASON_INVALID;
    else if (strstr(challenge, "error=\"insufficient_scope\"") != NULL)
        *reason = TOKENSTORE_REASON_SCOPE;
    else
        *reason = TOKENSTORE_REASON_NETWORK;
    return message_set(conversation_message(conversation),
                       TOKENSTORE_ERROR_REFUSED, "%s: refused",
                       conversation_server(conversation)->uri);
}

static enum tokenstore_error verify(struct conversation *conversation,
                                    const struct remote_question *question,
                                    struct tokenstore_token *token,
                                    enum tokenstore_reason *reason) {
    char *path = verify_path(question);
    struct request request = {.method = "GET",
                              .path = path,
                              .user = question->user,
                              .bearer = question->bearer};
    const struct response *response;
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;

    if (path == NULL)
        return message_set(conversation_message(conversation), error,
                           "out of memory");
    error = conversation_ask(conversation, &request, &response);
    free(path);
    if (error != TOKENSTORE_OK)
        return error;
    switch (response->status) {
    case 200:
        return read_yes(conversation, response, question, token);
    case 401:
    case 403:
        return read_no(conversation, response, reason);
    }
    return message_set(conversation_message(conversation),
                       TOKENSTORE_ERROR_UNAVAILABLE, "%s: HTTP status %ld",
                       conversation_server(conversation)->uri,
                       response->status);
}

/* 401 has several reasons.  Ask again without a user: is the token valid for
 * its own user? */
static bool is_another_users(struct conversation *conversation,
                             const struct remote_question *question,
                             enum tokenstore_reason reason) {
    struct remote_question anybody = *question;
    struct tokenstore_token token;
    enum tokenstore_error error;

    if (reason != TOKENSTORE_REASON_INVALID || question->user == NULL)
        return false;
    anybody.user = NULL;
    error = verify(conversation, &anybody, &token, &reason);
    return error == TOKENSTORE_OK || (error == TOKENSTORE_ERROR_REFUSED &&
                                      reason != TOKENSTORE_REASON_INVALID);
}

enum tokenstore_error verify_bearer(const struct remote_server *server,
                                    const struct remote_question *question,
                                    struct tokenstore_token *token,
                                    enum tokenstore_reason *reason,
                                    struct message *message) {
    struct conversation *conversation;
    enum tokenstore_error error =
        conversation_open(server, message, &conversation);

    if (error == TOKENSTORE_OK)
        error = verify(conversation, question, token, reason);
    if (error == TOKENSTORE_ERROR_REFUSED && question->tell_user &&
        is_another_users(conversation, question, *reason))
        *reason = TOKENSTORE_REASON_USER;
    conversation_close(&conversation);
    return error;
}
