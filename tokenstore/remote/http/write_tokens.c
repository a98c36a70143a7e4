/*
 * write_tokens.c - create, modify, revoke and rotate tokens of a server.
 * A server may ignore fields that it does not know, so its answer is compared
 * with the request.  Must never hand over a token that permits more, or lives
 * longer, than was asked for.
 */
#include "tokenstore/remote/http/write_tokens.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tokenstore/remote/http/conversation.h"
#include "tokenstore/remote/http/json_read.h"
#include "tokenstore/remote/http/json_write.h"
#include "tokenstore/remote/http/pages.h"
#include "tokenstore/remote/http/read_tokens.h"
#include "tokenstore/remote/http/status.h"

/* ----------------------------------------------------------------- compare */

static bool same_set(const struct tokenstore_token *wanted,
                     const struct tokenstore_token *got, size_t wanted_count,
                     size_t got_count,
                     const char *(*item)(const struct tokenstore_token *,
                                         size_t)) {
    if (wanted_count != got_count)
        return false;
    /* Neither set has an item twice. */
    for (size_t i = 0; i < wanted_count; i++) {
        size_t j = 0;

        while (j < got_count && strcmp(item(wanted, i), item(got, j)) != 0)
            j++;
        if (j == got_count)
            return false;
    }
    return true;
}

/* The name of the first field that is not as asked for, or NULL. */
static const char *ignored(const struct tokenstore_token *wanted,
                           unsigned int fields,
                           const struct tokenstore_token *got) {
    if ((fields & TOKENSTORE_FIELD_SCOPES) != 0 &&
        !same_set(wanted, got, wanted->scope_count, got->scope_count,
                  tokenstore_token_scope))
        return "scopes";
    if ((fields & TOKENSTORE_FIELD_NETWORKS) != 0 &&
        !same_set(wanted, got, wanted->network_count, got->network_count,
                  tokenstore_token_network))
        return "networks";
    if ((fields & TOKENSTORE_FIELD_EXPIRATION_TIME) != 0 &&
        got->expiration_time != wanted->expiration_time)
        return "expiration_time";
    if ((fields & TOKENSTORE_FIELD_ENABLED) != 0 &&
        got->enabled != wanted->enabled)
        return "enabled";
    if ((fields & TOKENSTORE_FIELD_NAME) != 0 &&
        strcmp(got->name, wanted->name) != 0)
        return "name";
    return NULL;
}

/* Which fields of a new token the caller has set. */
static unsigned int chosen(const struct tokenstore_token *wanted) {
    unsigned int fields = TOKENSTORE_FIELD_ENABLED;

    if (wanted->name[0] != '\0')
        fields |= TOKENSTORE_FIELD_NAME;
    if (wanted->expiration_chosen)
        fields |= TOKENSTORE_FIELD_EXPIRATION_TIME;
    if (wanted->scope_count > 0)
        fields |= TOKENSTORE_FIELD_SCOPES;
    if (wanted->network_count > 0)
        fields |= TOKENSTORE_FIELD_NETWORKS;
    return fields;
}

/* Is this the user that the token was asked for?  A directory may write a name
 * in another case. */
static bool same_user(const struct tokenstore_identity *wanted,
                      const struct tokenstore_identity *got) {
    return identity_matches(got, wanted) ||
           (wanted->name[0] != '\0' &&
            strcasecmp(wanted->name, got->name) == 0) ||
           (wanted->auth_id[0] != '\0' &&
            strcmp(wanted->auth_id, got->auth_id) == 0);
}

static enum tokenstore_error unsupported(struct conversation *conversation,
                                         const char *what) {
    return message_set(conversation_message(conversation),
                       TOKENSTORE_ERROR_UNSUPPORTED,
                       "%s: this server does not take %s",
                       conversation_server(conversation)->uri, what);
}

/* ------------------------------------------------------------------ revoke */

/*
 * The error of a request about one token, which was given "error".  404 may
 * mean the token or the path: look whether the token exists.  NOT_FOUND if it
 * does not, or is not shown to the caller; UNSUPPORTED if the server cannot do
 * "what".
 */
static enum tokenstore_error judge_missing(struct conversation *conversation,
                                           const char *id,
                                           enum tokenstore_error error,
                                           const char *what) {
    struct message *message = conversation_message(conversation);
    struct message why = *message;
    struct tokenstore_token token;

    if (error == TOKENSTORE_ERROR_NOT_FOUND) {
        error = read_tokens_look(conversation, id, &token);
        if (error == TOKENSTORE_ERROR_NOT_FOUND ||
            error == TOKENSTORE_ERROR_FORBIDDEN) {
            *message = why;
            return TOKENSTORE_ERROR_NOT_FOUND;
        }
        if (error == TOKENSTORE_OK)
            error = TOKENSTORE_ERROR_UNSUPPORTED;
    }
    if (error != TOKENSTORE_ERROR_UNSUPPORTED)
        return error;
    return message_set(message, error, "%s: this server does not %s tokens",
                       conversation_server(conversation)->uri, what);
}

static enum tokenstore_error revoke(struct conversation *conversation,
                                    const char *id) {
    char path[PAGES_PATH_SIZE];
    struct request request = {.method = "DELETE", .path = path};
    const struct response *response;
    enum tokenstore_error error;

    snprintf(path, sizeof(path), PAGES_TOKENS "%s", id);
    error = status_ask(conversation, &request, &response);
    if (error != TOKENSTORE_OK)
        return judge_missing(conversation, id, error, "revoke");
    if (response->head.length > 0)
        return conversation_reject(conversation, "the response has content");
    return TOKENSTORE_OK;
}

enum tokenstore_error write_tokens_revoke(const struct remote_server *server,
                                          const char *id,
                                          struct message *message) {
    struct conversation *conversation;
    enum tokenstore_error error =
        conversation_open(server, message, &conversation);

    if (error == TOKENSTORE_OK)
        error = revoke(conversation, id);
    conversation_close(&conversation);
    return error;
}

/* ------------------------------------------------------------------ create */

/* Ask the server who the caller is: the user of a token without one. */
static enum tokenstore_error who_am_i(struct conversation *conversation,
                                      struct tokenstore_identity *user) {
    const struct request request = {.method = "GET",
                                    .path = "/v1/session/who-am-i"};
    const struct response *response;
    const char *problem;
    enum tokenstore_error error =
        status_ask(conversation, &request, &response);

    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        return message_set(
            conversation_message(conversation), TOKENSTORE_ERROR_UNSUPPORTED,
            "%s: this server does not tell who you are: name the "
            "user",
            conversation_server(conversation)->uri);
    if (error != TOKENSTORE_OK)
        return error;
    problem = json_read_identity(response, user);
    return problem == NULL ? TOKENSTORE_OK
                           : conversation_reject(conversation, problem);
}

/* Send a request whose response holds an id and a secret. */
static enum tokenstore_error ask_for_secret(struct conversation *conversation,
                                            const char *path, char *body,
                                            char id[TOKENSTORE_ID_SIZE],
                                            struct tokenstore_bearer *bearer) {
    const struct request request = {
        .method = "POST", .path = path, .body = body};
    const struct response *response;
    const char *problem;
    enum tokenstore_error error =
        status_ask(conversation, &request, &response);

    if (error != TOKENSTORE_OK)
        return error;
    problem = json_read_secret(response, id, bearer);
    return problem == NULL ? TOKENSTORE_OK
                           : conversation_reject(conversation, problem);
}

/* Revoke a new token that cannot be handed over because of "error". */
static enum tokenstore_error undo(struct conversation *conversation,
                                  const char *id,
                                  enum tokenstore_error error) {
    struct message *message = conversation_message(conversation);
    struct message why = *message;

    conversation_extend(conversation);
    if (revoke(conversation, id) == TOKENSTORE_OK)
        return message_set(message, error, "%.400s; token %s is revoked again",
                           why.text, id);
    return message_set(message, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                       "%.300s; token %s was issued and cannot be revoked "
                       "again: revoke it on the server",
                       why.text, id);
}

static enum tokenstore_error create(struct conversation *conversation,
                                    const struct tokenstore_token *wanted,
                                    struct tokenstore_bearer *bearer,
                                    struct tokenstore_token *created) {
    char *body = json_write_creation(wanted);
    const char *what = NULL;
    char id[TOKENSTORE_ID_SIZE];
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;

    if (body == NULL)
        return message_set(conversation_message(conversation), error,
                           "out of memory");
    error = ask_for_secret(conversation, PAGES_TOKENS, body, id, bearer);
    free(body);
    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        return unsupported(conversation, "new tokens");
    if (error != TOKENSTORE_OK)
        return error;
    error = read_tokens_look(conversation, id, created);
    if (error == TOKENSTORE_OK) {
        what = ignored(wanted, chosen(wanted), created);
        if (what == NULL && !same_user(&wanted->user, &created->user))
            what = "the user that was asked for";
        if (what != NULL)
            error = unsupported(conversation, what);
    }
    return error == TOKENSTORE_OK ? error : undo(conversation, id, error);
}

enum tokenstore_error write_tokens_create(
    const struct remote_server *server, const struct tokenstore_token *wanted,
    struct tokenstore_bearer *bearer, struct tokenstore_token *created,
    struct message *message) {
    struct tokenstore_token token = *wanted;
    struct conversation *conversation;
    enum tokenstore_error error =
        conversation_open(server, message, &conversation);

    if (error == TOKENSTORE_OK && !identity_is_set(&token.user))
        error = who_am_i(conversation, &token.user);
    if (error == TOKENSTORE_OK)
        error = create(conversation, &token, bearer, created);
    if (error != TOKENSTORE_OK)
        tokenstore_wipe(bearer, sizeof(*bearer));
    conversation_close(&conversation);
    return error;
}

/* ------------------------------------------------------------------ modify */

static enum tokenstore_error modify(struct conversation *conversation,
                                    const char *id, unsigned int fields,
                                    const struct tokenstore_token *values,
                                    struct tokenstore_token *modified) {
    char path[PAGES_PATH_SIZE];
    char *body = json_write_changes(fields, values);
    struct request request = {.method = "PATCH", .path = path, .body = body};
    const struct response *response;
    const char *problem;
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;

    if (body == NULL)
        return message_set(conversation_message(conversation), error,
                           "out of memory");
    snprintf(path, sizeof(path), PAGES_TOKENS "%s", id);
    error = status_ask(conversation, &request, &response);
    free(body);
    if (error != TOKENSTORE_OK)
        return judge_missing(conversation, id, error, "modify");
    problem = json_read_token(response, modified);
    if (problem == NULL && !read_tokens_has_id(modified, id))
        problem = "another token's id";
    if (problem != NULL)
        return conversation_reject(conversation, problem);
    problem = ignored(values, fields, modified);
    return problem == NULL ? TOKENSTORE_OK
                           : unsupported(conversation, problem);
}

enum tokenstore_error
write_tokens_modify(const struct remote_server *server, uint64_t id,
                    unsigned int fields, const struct tokenstore_token *values,
                    struct tokenstore_token *modified,
                    struct message *message) {
    char text[TOKENSTORE_ID_SIZE];
    struct conversation *conversation;
    enum tokenstore_error error =
        conversation_open(server, message, &conversation);

    snprintf(text, sizeof(text), "%" PRIu64, id);
    if (error == TOKENSTORE_OK)
        error = modify(conversation, text, fields, values, modified);
    conversation_close(&conversation);
    return error;
}

/* ------------------------------------------------------------------ rotate */

/*
 * Read the token before it is rotated.  If the caller may rotate it but not
 * see it (a token that rotates itself), its user is all that is known.
 */
static enum tokenstore_error look_before(struct conversation *conversation,
                                         const char *id,
                                         struct tokenstore_token *token) {
    enum tokenstore_error error = read_tokens_look(conversation, id, token);

    if (error != TOKENSTORE_ERROR_FORBIDDEN)
        return error;
    memset(token, 0, sizeof(*token));
    token->creation_time = TOKENSTORE_NEVER;
    token->expiration_time = TOKENSTORE_NEVER;
    token->enabled = true;
    return who_am_i(conversation, &token->user);
}

static enum tokenstore_error rotate(struct conversation *conversation,
                                    const char *id, int64_t grace,
                                    struct tokenstore_bearer *bearer,
                                    struct tokenstore_token *created) {
    char path[PAGES_PATH_SIZE];
    char *body = grace > 0 ? json_write_grace(grace) : NULL;
    struct tokenstore_token old;
    char new_id[TOKENSTORE_ID_SIZE];
    enum tokenstore_error error = look_before(conversation, id, &old);

    if (error == TOKENSTORE_OK && grace > 0 && body == NULL)
        error = message_set(conversation_message(conversation),
                            TOKENSTORE_ERROR_NO_MEMORY, "out of memory");
    if (error == TOKENSTORE_OK) {
        snprintf(path, sizeof(path), PAGES_TOKENS "%s/rotate", id);
        error = ask_for_secret(conversation, path, body, new_id, bearer);
        if (error != TOKENSTORE_OK)
            error = judge_missing(conversation, id, error, "rotate");
        if (error == TOKENSTORE_OK && strcmp(new_id, id) == 0)
            error =
                conversation_reject(conversation, "the id has not changed");
    }
    free(body);
    if (error != TOKENSTORE_OK)
        return error;
    /* The change is made.  If the new token cannot be read, describe it by the
     * old one. */
    if (read_tokens_look(conversation, new_id, created) != TOKENSTORE_OK) {
        *created = old;
        json_set_id(created, new_id);
        created->creation_time = TOKENSTORE_NEVER;
        created->expiration_time = TOKENSTORE_NEVER;
    }
    return TOKENSTORE_OK;
}

enum tokenstore_error write_tokens_rotate(const struct remote_server *server,
                                          uint64_t id, int64_t grace,
                                          struct tokenstore_bearer *bearer,
                                          struct tokenstore_token *created,
                                          struct message *message) {
    char text[TOKENSTORE_ID_SIZE];
    struct conversation *conversation;
    enum tokenstore_error error =
        conversation_open(server, message, &conversation);

    snprintf(text, sizeof(text), "%" PRIu64, id);
    if (error == TOKENSTORE_OK)
        error = rotate(conversation, text, grace, bearer, created);
    if (error != TOKENSTORE_OK)
        tokenstore_wipe(bearer, sizeof(*bearer));
    conversation_close(&conversation);
    return error;
}
