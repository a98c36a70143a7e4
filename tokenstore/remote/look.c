/*
 * look.c - get and list.  Changes nothing anywhere.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "messages.h"
#include "verbs.h"

/* A user as tokenstore_identity_parse() reads it, percent-encoded. */
static char *user_for_query(const struct tokenstore_identity *user) {
    char text[IDENTITY_SID_MAX + IDENTITY_NAME_MAX];

    if (user->name[0] != '\0')
        snprintf(text, sizeof text, "%s%s",
                 user->domain == IDENTITY_DOMAIN_LOCAL              ? "local:"
                 : user->domain == IDENTITY_DOMAIN_ACTIVE_DIRECTORY ? "ad:"
                                                                    : "",
                 user->name);
    else if (user->auth_id[0] != '\0')
        snprintf(text, sizeof text, "auth_id:%s", user->auth_id);
    else if (user->has_uid)
        snprintf(text, sizeof text, "uid:%" PRIu32, user->uid);
    else
        snprintf(text, sizeof text, "sid:%s", user->sid);
    return client_escape(text);
}

static char *list_path(const struct tokenstore_identity *user, uint64_t after,
                       uint32_t limit) {
    char *escaped = user != NULL ? user_for_query(user) : NULL;
    char from[40] = "";
    char *path = NULL;

    if (user != NULL && escaped == NULL)
        return NULL;
    if (after > 0)
        snprintf(from, sizeof from, "after=%" PRIu64 "&", after);
    if (asprintf(&path, VERBS_TOKENS "?%slimit=%" PRIu32 "%s%s", from, limit,
                 user != NULL ? "&user=" : "",
                 user != NULL ? escaped : "") < 0)
        path = NULL;
    free(escaped);
    return path;
}

static enum tokenstore_error list(struct client *client,
                                  const struct tokenstore_identity *user,
                                  uint64_t after, uint32_t limit,
                                  struct tokenstore_token *tokens,
                                  size_t *count, uint64_t *next) {
    char *path = list_path(user, after, limit);
    struct request request = {
        .method = "GET", .path = path, .answer_max = CLIENT_LIST_MAX};
    const struct answer *answer;
    const char *problem;
    enum tokenstore_error error;

    if (path == NULL)
        return complain(client_complaint(client), TOKENSTORE_ERROR_NO_MEMORY,
                        "out of memory");
    error = verbs_ask(client, &request, &answer);
    free(path);
    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        return complain(client_complaint(client), TOKENSTORE_ERROR_UNSUPPORTED,
                        "%s: has no " VERBS_TOKENS, client_place(client)->uri);
    if (error != TOKENSTORE_OK)
        return error;
    problem = message_read_list(answer, tokens, limit, count, after, next);
    return problem == NULL ? TOKENSTORE_OK
                           : client_disbelieve(client, problem);
}

/* The seed's document has no more than a list: the first behind the id's
 * predecessor is the token, or there is none. */
static enum tokenstore_error look_in_list(struct client *client, uint64_t id,
                                          struct tokenstore_token *token) {
    size_t count = 0;
    uint64_t next;
    enum tokenstore_error error =
        list(client, NULL, id - 1, 1, token, &count, &next);

    if (error != TOKENSTORE_OK || (count == 1 && token->id == id))
        return error;
    return complain(client_complaint(client), TOKENSTORE_ERROR_NOT_FOUND,
                    "no token %" PRIu64, id);
}

enum tokenstore_error verbs_look(struct client *client, uint64_t id,
                                 struct tokenstore_token *token) {
    char path[VERBS_PATH_SIZE];
    struct request request = {.method = "GET", .path = path};
    const struct answer *answer;
    const char *problem;
    enum tokenstore_error error;

    if (id == 0)
        return complain(client_complaint(client), TOKENSTORE_ERROR_NOT_FOUND,
                        "no token 0");
    snprintf(path, sizeof path, VERBS_TOKENS "%" PRIu64, id);
    error = verbs_ask(client, &request, &answer);
    if (error == TOKENSTORE_ERROR_NOT_FOUND ||
        error == TOKENSTORE_ERROR_UNSUPPORTED)
        return look_in_list(client, id, token);
    if (error != TOKENSTORE_OK)
        return error;
    problem = message_read_token(answer, token);
    if (problem == NULL && token->id != id)
        problem = "another token's id";
    return problem == NULL ? TOKENSTORE_OK
                           : client_disbelieve(client, problem);
}

enum tokenstore_error verb_get(const struct remote_place *place, uint64_t id,
                               struct tokenstore_token *token,
                               struct complaint *complaint) {
    struct client *client;
    enum tokenstore_error error = client_open(place, complaint, &client);

    if (error == TOKENSTORE_OK)
        error = verbs_look(client, id, token);
    client_close(&client);
    return error;
}

enum tokenstore_error verb_list(const struct remote_place *place,
                                const struct tokenstore_identity *user,
                                uint64_t after, uint32_t limit,
                                struct tokenstore_token *tokens, size_t *count,
                                uint64_t *next, struct complaint *complaint) {
    struct client *client;
    enum tokenstore_error error = client_open(place, complaint, &client);

    if (error == TOKENSTORE_OK)
        error = list(client, user, after, limit, tokens, count, next);
    client_close(&client);
    return error;
}
