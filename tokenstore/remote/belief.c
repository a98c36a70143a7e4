/*
 * belief.c - what a server is asked about a bearer token, and which responses
 * are believed.  Pure.
 * Must never take anything but the one form of a yes for a yes.
 */
#include "tokenstore/remote/belief.h"

#include <string.h>

#include "tokenstore/values/number.h"

/* ------------------------------------------------------------ the question */

/* Append a text.  What does not fit makes *used as large as the room. */
static void append(char *target, size_t *used, const char *text,
                   size_t length) {
    if (length >= BELIEF_TARGET_SIZE - *used) {
        *used = BELIEF_TARGET_SIZE;
        return;
    }
    memcpy(target + *used, text, length);
    *used += length;
    target[*used] = '\0';
}

/* Append a parameter, percent-encoded (RFC 3986, section 2). */
static void append_parameter(char *target, size_t *used, const char *key,
                             const char *value) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    static const char digits[] = "0123456789ABCDEF";

    append(target, used, strchr(target, '?') == NULL ? "?" : "&", 1);
    append(target, used, key, strlen(key));
    append(target, used, "=", 1);
    for (; *value != '\0'; value++) {
        const char code[] = {'%', digits[(unsigned char)*value >> 4],
                             digits[(unsigned char)*value & 15]};

        if (strchr(plain, *value) != NULL)
            append(target, used, value, 1);
        else
            append(target, used, code, sizeof(code));
    }
}

bool belief_write_target(const struct remote_question *question,
                         char target[BELIEF_TARGET_SIZE]) {
    static const char path[] = "/v1/auth/verify";
    size_t used = 0;

    append(target, &used, path, sizeof(path) - 1);
    for (size_t i = 0; i < question->scope_count; i++)
        append_parameter(target, &used, "require_scope", question->scopes[i]);
    if (question->address != NULL)
        append_parameter(target, &used, "from", question->address);
    return used < BELIEF_TARGET_SIZE;
}

/* ------------------------------------------------------------ the response */

static enum tokenstore_error reject(const char *uri, const char *what,
                                    struct message *message) {
    return message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                       "%s: invalid answer: %s", uri, what);
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

/* Does the header name the token that is asked about? */
static bool is_token(const struct header *header,
                     const struct remote_question *question, uint64_t *id) {
    uint64_t presented;

    return header->count == 1 && number_parse(header->text, UINT64_MAX, id) &&
           *id != 0 &&
           tokenstore_bearer_id(question->bearer, strlen(question->bearer),
                                &presented) == TOKENSTORE_OK &&
           *id == presented;
}

static enum tokenstore_error read_yes(const struct head *head,
                                      const struct remote_question *question,
                                      const char *uri,
                                      struct tokenstore_token *token,
                                      struct message *message) {
    const struct header *user = &head->headers[HEADER_REMOTE_USER];

    memset(token, 0, sizeof(*token));
    token->enabled = true;
    token->creation_time = TOKENSTORE_NEVER;
    token->expiration_time = TOKENSTORE_NEVER;
    if (head->length > 0)
        return reject(uri, "the response has content", message);
    if (!is_token(&head->headers[HEADER_TOKEN_ID], question, &token->id))
        return reject(uri, "X-Token-Id is not the token's id", message);
    if (user->count != 1 || user->text[0] == '\0' ||
        strlen(user->text) > IDENTITY_NAME_MAX)
        return reject(uri, "Remote-User", message);
    strcpy(token->user.name, user->text);
    if (!read_scopes(&head->headers[HEADER_TOKEN_SCOPE], question, token))
        return reject(uri, "X-Token-Scope", message);
    return TOKENSTORE_OK;
}

static enum tokenstore_error read_no(const struct head *head, const char *uri,
                                     enum tokenstore_reason *reason,
                                     struct message *message) {
    const char *challenge = head->headers[HEADER_CHALLENGE].text;

    if (head->status == 401)
        *reason = TOKENSTORE_REASON_INVALID;
    else if (strstr(challenge, "error=\"insufficient_scope\"") != NULL)
        *reason = TOKENSTORE_REASON_SCOPE;
    else
        *reason = TOKENSTORE_REASON_NETWORK;
    return message_set(message, TOKENSTORE_ERROR_REFUSED, "%s: refused", uri);
}

enum tokenstore_error
belief_judge(const struct head *head, const struct remote_question *question,
             const char *uri, struct tokenstore_token *token,
             enum tokenstore_reason *reason, struct message *message) {
    switch (head->status) {
    case 200:
        return read_yes(head, question, uri, token, message);
    case 401:
    case 403:
        return read_no(head, uri, reason, message);
    }
    return message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                       "%s: HTTP status %ld", uri, head->status);
}

/* 401 has several reasons.  Ask again without a user: is the token valid for
 * its own user? */
static bool is_another_users(belief_way *way, void *argument,
                             const struct remote_question *question) {
    struct remote_question anybody = *question;
    enum tokenstore_reason reason = TOKENSTORE_REASON_INVALID;
    struct tokenstore_token token;
    enum tokenstore_error error;

    anybody.user = NULL;
    error = way(argument, &anybody, &token, &reason);
    return error == TOKENSTORE_OK || (error == TOKENSTORE_ERROR_REFUSED &&
                                      reason != TOKENSTORE_REASON_INVALID);
}

enum tokenstore_error belief_ask(belief_way *way, void *argument,
                                 const struct remote_question *question,
                                 struct tokenstore_token *token,
                                 enum tokenstore_reason *reason) {
    enum tokenstore_error error = way(argument, question, token, reason);

    if (error == TOKENSTORE_ERROR_REFUSED && question->tell_user &&
        question->user != NULL && *reason == TOKENSTORE_REASON_INVALID &&
        is_another_users(way, argument, question))
        *reason = TOKENSTORE_REASON_USER;
    return error;
}
