/*
 * verify.c - may this token be used?
 * Exactly one answer is a yes: 200 without content, that names the token that
 * was presented, once, and its user.  Must never look at anything else for
 * one; whether the user is the one asked for, remote.c sees to.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenstore/remote/http/messages.h"
#include "tokenstore/remote/http/verbs.h"

/* The path with one more parameter; the one without is gone.  NULL without
 * memory. */
static char *add_parameter(char *path, const char *key, const char *value) {
    char *escaped = client_escape(value);
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

/* The words of X-Token-Scope, and those asked for among them.  A token
 * without scopes has no such header, and every scope that is not reserved. */
static bool read_scopes(const struct header *header,
                        const struct remote_question *question,
                        struct tokenstore_token *token) {
    char words[HEADER_SIZE];
    char *rest = NULL;

    if (header->count == 0)
        return true;
    if (header->count > 1)
        return false;
    memcpy(words, header->text, sizeof words);
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

static enum tokenstore_error read_yes(struct client *client,
                                      const struct answer *answer,
                                      const struct remote_question *question,
                                      struct tokenstore_token *token) {
    const struct header *id = &answer->headers[HEADER_TOKEN_ID];
    const struct header *user = &answer->headers[HEADER_REMOTE_USER];
    uint64_t presented;

    memset(token, 0, sizeof *token);
    token->enabled = true;
    token->creation_time = TOKENSTORE_NEVER;
    token->expiration_time = TOKENSTORE_NEVER;
    if (answer->length > 0)
        return client_disbelieve(client, "something was answered");
    if (id->count != 1 || !message_parse_id(id->text, &token->id) ||
        tokenstore_bearer_id(question->bearer, strlen(question->bearer),
                             &presented) != TOKENSTORE_OK ||
        token->id != presented)
        return client_disbelieve(client, "X-Token-Id is not the token's");
    if (user->count != 1 || user->text[0] == '\0' ||
        strlen(user->text) > IDENTITY_NAME_MAX)
        return client_disbelieve(client, "Remote-User");
    strcpy(token->user.name, user->text);
    if (!read_scopes(&answer->headers[HEADER_TOKEN_SCOPE], question, token))
        return client_disbelieve(client, "X-Token-Scope");
    return TOKENSTORE_OK;
}

static enum tokenstore_error read_no(struct client *client,
                                     const struct answer *answer,
                                     enum tokenstore_reason *reason) {
    const char *challenge = answer->headers[HEADER_CHALLENGE].text;

    if (answer->status == 401)
        *reason = TOKENSTORE_REASON_INVALID;
    else if (strstr(challenge, "error=\"insufficient_scope\"") != NULL)
        *reason = TOKENSTORE_REASON_SCOPE;
    else
        *reason = TOKENSTORE_REASON_NETWORK;
    return message_set(conversation_message(client), TOKENSTORE_ERROR_REFUSED,
                       "%s: refused", client_place(client)->uri);
}

static enum tokenstore_error verify(struct client *client,
                                    const struct remote_question *question,
                                    struct tokenstore_token *token,
                                    enum tokenstore_reason *reason) {
    char *path = verify_path(question);
    struct request request = {.method = "GET",
                              .path = path,
                              .user = question->user,
                              .bearer = question->bearer};
    const struct answer *answer;
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;

    if (path == NULL)
        return message_set(conversation_message(client), error,
                           "out of memory");
    error = client_ask(client, &request, &answer);
    free(path);
    if (error != TOKENSTORE_OK)
        return error;
    switch (answer->status) {
    case 200:
        return read_yes(client, answer, question, token);
    case 401:
    case 403:
        return read_no(client, answer, reason);
    }
    return message_set(conversation_message(client),
                       TOKENSTORE_ERROR_UNAVAILABLE, "%s: HTTP status %ld",
                       client_place(client)->uri, answer->status);
}

/* A 401 does not say: is the token still good, for whoever owns it? */
static bool is_another_users(struct client *client,
                             const struct remote_question *question,
                             enum tokenstore_reason reason) {
    struct remote_question anybody = *question;
    struct tokenstore_token token;
    enum tokenstore_error error;

    if (reason != TOKENSTORE_REASON_INVALID || question->user == NULL)
        return false;
    anybody.user = NULL;
    error = verify(client, &anybody, &token, &reason);
    return error == TOKENSTORE_OK || (error == TOKENSTORE_ERROR_REFUSED &&
                                      reason != TOKENSTORE_REASON_INVALID);
}

enum tokenstore_error verb_verify(const struct remote_place *place,
                                  const struct remote_question *question,
                                  struct tokenstore_token *token,
                                  enum tokenstore_reason *reason,
                                  struct message *message) {
    struct client *client;
    enum tokenstore_error error = client_open(place, message, &client);

    if (error == TOKENSTORE_OK)
        error = verify(client, question, token, reason);
    if (error == TOKENSTORE_ERROR_REFUSED && question->tell_user &&
        is_another_users(client, question, *reason))
        *reason = TOKENSTORE_REASON_USER;
    client_close(&client);
    return error;
}
