/*
 * write_tokens.c - create, modify, revoke and rotate.
 * A server may know less than is asked of it: what it answers is compared
 * with what was asked.  Must never hand over a token that is good for more,
 * or for longer, than was wanted.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tokenstore/remote/http/messages.h"
#include "tokenstore/remote/http/verbs.h"

/* ----------------------------------------------------------------- compare */

static bool same_set(const struct tokenstore_token *wanted,
                     const struct tokenstore_token *got, size_t wanted_count,
                     size_t got_count,
                     const char *(*item)(const struct tokenstore_token *,
                                         size_t)) {
    if (wanted_count != got_count)
        return false;
    /* Neither has anything twice. */
    for (size_t i = 0; i < wanted_count; i++) {
        size_t j = 0;

        while (j < got_count && strcmp(item(wanted, i), item(got, j)) != 0)
            j++;
        if (j == got_count)
            return false;
    }
    return true;
}

/* The first of the fields that is not as it was asked for, or NULL. */
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

/* What a new token was asked to be. */
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

/* Is this whom the token was wanted for?  Names of a directory may come back
 * in another case. */
static bool same_user(const struct tokenstore_identity *wanted,
                      const struct tokenstore_identity *got) {
    return identity_matches(got, wanted) ||
           (wanted->name[0] != '\0' &&
            strcasecmp(wanted->name, got->name) == 0) ||
           (wanted->auth_id[0] != '\0' &&
            strcmp(wanted->auth_id, got->auth_id) == 0);
}

static enum tokenstore_error unsupported(struct client *client,
                                         const char *what) {
    return message_set(
        conversation_message(client), TOKENSTORE_ERROR_UNSUPPORTED,
        "%s: this server does not take %s", client_place(client)->uri, what);
}

/* ------------------------------------------------------------------ revoke */

/*
 * A request about one token that found nothing, or met a method that is not
 * there.  404 may be the token's or that of the way to it: is the token there?
 * NOT_FOUND only for one that is not, or is not shown to the caller.
 */
static enum tokenstore_error judge_missing(struct client *client,
                                           const char *id,
                                           enum tokenstore_error error,
                                           const char *what) {
    struct message *message = conversation_message(client);
    struct message why = *message;
    struct tokenstore_token token;

    if (error == TOKENSTORE_ERROR_NOT_FOUND) {
        error = verbs_look(client, id, &token);
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
                       client_place(client)->uri, what);
}

static enum tokenstore_error revoke(struct client *client, const char *id) {
    char path[VERBS_PATH_SIZE];
    struct request request = {.method = "DELETE", .path = path};
    const struct answer *answer;
    enum tokenstore_error error;

    snprintf(path, sizeof path, VERBS_TOKENS "%s", id);
    error = verbs_ask(client, &request, &answer);
    if (error != TOKENSTORE_OK)
        return judge_missing(client, id, error, "revoke");
    if (answer->length > 0)
        return client_disbelieve(client, "something was answered");
    return TOKENSTORE_OK;
}

enum tokenstore_error verb_revoke(const struct remote_place *place,
                                  const char *id, struct message *message) {
    struct client *client;
    enum tokenstore_error error = client_open(place, message, &client);

    if (error == TOKENSTORE_OK)
        error = revoke(client, id);
    client_close(&client);
    return error;
}

/* ------------------------------------------------------------------ create */

/* A token for the one who asks: the server knows who that is. */
static enum tokenstore_error who_am_i(struct client *client,
                                      struct tokenstore_identity *user) {
    const struct request request = {.method = "GET",
                                    .path = "/v1/session/who-am-i"};
    const struct answer *answer;
    const char *problem;
    enum tokenstore_error error = verbs_ask(client, &request, &answer);

    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        return message_set(conversation_message(client),
                           TOKENSTORE_ERROR_UNSUPPORTED,
                           "%s: does not say who you are: name the user",
                           client_place(client)->uri);
    if (error != TOKENSTORE_OK)
        return error;
    problem = message_read_identity(answer, user);
    return problem == NULL ? TOKENSTORE_OK
                           : client_disbelieve(client, problem);
}

/* A request that answers with an id and a secret. */
static enum tokenstore_error ask_for_secret(struct client *client,
                                            const char *path, char *body,
                                            char id[TOKENSTORE_ID_SIZE],
                                            struct tokenstore_bearer *bearer) {
    const struct request request = {
        .method = "POST", .path = path, .body = body};
    const struct answer *answer;
    const char *problem;
    enum tokenstore_error error = verbs_ask(client, &request, &answer);

    if (error != TOKENSTORE_OK)
        return error;
    problem = message_read_secret(answer, id, bearer);
    return problem == NULL ? TOKENSTORE_OK
                           : client_disbelieve(client, problem);
}

/* A token that cannot be handed over is taken back. */
static enum tokenstore_error undo(struct client *client, const char *id,
                                  enum tokenstore_error error) {
    struct message *message = conversation_message(client);
    struct message why = *message;

    client_restart(client);
    if (revoke(client, id) == TOKENSTORE_OK)
        return message_set(message, error, "%.400s; token %s is revoked again",
                           why.text, id);
    return message_set(message, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                       "%.300s; token %s was issued and cannot be revoked "
                       "again: see to it on the server",
                       why.text, id);
}

static enum tokenstore_error create(struct client *client,
                                    const struct tokenstore_token *wanted,
                                    struct tokenstore_bearer *bearer,
                                    struct tokenstore_token *created) {
    char *body = message_write_creation(wanted);
    const char *what = NULL;
    char id[TOKENSTORE_ID_SIZE];
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;

    if (body == NULL)
        return message_set(conversation_message(client), error,
                           "out of memory");
    error = ask_for_secret(client, VERBS_TOKENS, body, id, bearer);
    free(body);
    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        return unsupported(client, "new tokens");
    if (error != TOKENSTORE_OK)
        return error;
    error = verbs_look(client, id, created);
    if (error == TOKENSTORE_OK) {
        what = ignored(wanted, chosen(wanted), created);
        if (what == NULL && !same_user(&wanted->user, &created->user))
            what = "the user that was asked for";
        if (what != NULL)
            error = unsupported(client, what);
    }
    return error == TOKENSTORE_OK ? error : undo(client, id, error);
}

enum tokenstore_error verb_create(const struct remote_place *place,
                                  const struct tokenstore_token *wanted,
                                  struct tokenstore_bearer *bearer,
                                  struct tokenstore_token *created,
                                  struct message *message) {
    struct tokenstore_token token = *wanted;
    struct client *client;
    enum tokenstore_error error = client_open(place, message, &client);

    if (error == TOKENSTORE_OK && !identity_is_set(&token.user))
        error = who_am_i(client, &token.user);
    if (error == TOKENSTORE_OK)
        error = create(client, &token, bearer, created);
    if (error != TOKENSTORE_OK)
        tokenstore_wipe(bearer, sizeof *bearer);
    client_close(&client);
    return error;
}

/* ------------------------------------------------------------------ modify */

static enum tokenstore_error modify(struct client *client, const char *id,
                                    unsigned int fields,
                                    const struct tokenstore_token *values,
                                    struct tokenstore_token *modified) {
    char path[VERBS_PATH_SIZE];
    char *body = message_write_changes(fields, values);
    struct request request = {.method = "PATCH", .path = path, .body = body};
    const struct answer *answer;
    const char *problem;
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;

    if (body == NULL)
        return message_set(conversation_message(client), error,
                           "out of memory");
    snprintf(path, sizeof path, VERBS_TOKENS "%s", id);
    error = verbs_ask(client, &request, &answer);
    free(body);
    if (error != TOKENSTORE_OK)
        return judge_missing(client, id, error, "modify");
    problem = message_read_token(answer, modified);
    if (problem == NULL && !verbs_has_id(modified, id))
        problem = "another token's id";
    if (problem != NULL)
        return client_disbelieve(client, problem);
    problem = ignored(values, fields, modified);
    return problem == NULL ? TOKENSTORE_OK : unsupported(client, problem);
}

enum tokenstore_error verb_modify(const struct remote_place *place,
                                  uint64_t id, unsigned int fields,
                                  const struct tokenstore_token *values,
                                  struct tokenstore_token *modified,
                                  struct message *message) {
    char text[TOKENSTORE_ID_SIZE];
    struct client *client;
    enum tokenstore_error error = client_open(place, message, &client);

    snprintf(text, sizeof text, "%" PRIu64, id);
    if (error == TOKENSTORE_OK)
        error = modify(client, text, fields, values, modified);
    client_close(&client);
    return error;
}

/* ------------------------------------------------------------------ rotate */

/*
 * What the token is, before its secret may be gone.  One that may rotate
 * itself and no more is not shown to itself; then whose it is must do.
 */
static enum tokenstore_error look_before(struct client *client, const char *id,
                                         struct tokenstore_token *token) {
    enum tokenstore_error error = verbs_look(client, id, token);

    if (error != TOKENSTORE_ERROR_FORBIDDEN)
        return error;
    memset(token, 0, sizeof *token);
    token->creation_time = TOKENSTORE_NEVER;
    token->expiration_time = TOKENSTORE_NEVER;
    token->enabled = true;
    return who_am_i(client, &token->user);
}

static enum tokenstore_error rotate(struct client *client, const char *id,
                                    int64_t grace,
                                    struct tokenstore_bearer *bearer,
                                    struct tokenstore_token *created) {
    char path[VERBS_PATH_SIZE];
    char *body = grace > 0 ? message_write_grace(grace) : NULL;
    struct tokenstore_token old;
    char new_id[TOKENSTORE_ID_SIZE];
    enum tokenstore_error error = look_before(client, id, &old);

    if (error == TOKENSTORE_OK && grace > 0 && body == NULL)
        error = message_set(conversation_message(client),
                            TOKENSTORE_ERROR_NO_MEMORY, "out of memory");
    if (error == TOKENSTORE_OK) {
        snprintf(path, sizeof path, VERBS_TOKENS "%s/rotate", id);
        error = ask_for_secret(client, path, body, new_id, bearer);
        if (error != TOKENSTORE_OK)
            error = judge_missing(client, id, error, "rotate");
        if (error == TOKENSTORE_OK && strcmp(new_id, id) == 0)
            error = client_disbelieve(client, "the id has not changed");
    }
    free(body);
    if (error != TOKENSTORE_OK)
        return error;
    /* From here on it is done: what cannot be looked at is as it was. */
    if (verbs_look(client, new_id, created) != TOKENSTORE_OK) {
        *created = old;
        message_set_id(created, new_id);
        created->creation_time = TOKENSTORE_NEVER;
        created->expiration_time = TOKENSTORE_NEVER;
    }
    return TOKENSTORE_OK;
}

enum tokenstore_error verb_rotate(const struct remote_place *place,
                                  uint64_t id, int64_t grace,
                                  struct tokenstore_bearer *bearer,
                                  struct tokenstore_token *created,
                                  struct message *message) {
    char text[TOKENSTORE_ID_SIZE];
    struct client *client;
    enum tokenstore_error error = client_open(place, message, &client);

    snprintf(text, sizeof text, "%" PRIu64, id);
    if (error == TOKENSTORE_OK)
        error = rotate(client, text, grace, bearer, created);
    if (error != TOKENSTORE_OK)
        tokenstore_wipe(bearer, sizeof *bearer);
    client_close(&client);
    return error;
}
