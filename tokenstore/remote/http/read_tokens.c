/*
 * read_tokens.c - get and list.  Changes nothing anywhere.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenstore/remote/http/pages.h"
#include "tokenstore/remote/http/verbs.h"

/* So many at once, where one is looked for. */
#define LOOK_PAGE 200

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

static enum tokenstore_error
list(struct client *client, const struct tokenstore_identity *user,
     uint64_t after, uint32_t limit, struct tokenstore_token *tokens,
     size_t *count, uint64_t *next, struct remote_pages *pages) {
    char *path = after == TOKENSTORE_AFTER_LAST
                     ? strdup(pages->next)
                     : list_path(user, after, limit);
    struct request request = {
        .method = "GET", .path = path, .answer_max = CLIENT_LIST_MAX};
    struct message_paging paging;
    const struct answer *answer;
    const char *problem;
    enum tokenstore_error error;

    if (path == NULL)
        return message_set(conversation_message(client),
                           TOKENSTORE_ERROR_NO_MEMORY, "out of memory");
    error = verbs_ask(client, &request, &answer);
    free(path);
    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        return message_set(
            conversation_message(client), TOKENSTORE_ERROR_UNSUPPORTED,
            "%s: has no " VERBS_TOKENS, client_place(client)->uri);
    if (error != TOKENSTORE_OK)
        return error;
    problem = message_read_list(answer, tokens, limit, count, &paging);
    if (problem == NULL)
        problem = pages_follow(pages, client_place(client)->url, &paging,
                               tokens, *count, after, next);
    return problem == NULL ? TOKENSTORE_OK
                           : client_disbelieve(client, problem);
}

bool verbs_has_id(const struct tokenstore_token *token, const char *id) {
    char text[TOKENSTORE_ID_SIZE];

    return strcmp(tokenstore_token_id_text(token, text), id) == 0;
}

/* Page after page. */
static enum tokenstore_error look_everywhere(struct client *client,
                                             const char *id,
                                             struct tokenstore_token *token) {
    struct remote_pages pages = {.lap = 1};
    struct tokenstore_token *page = calloc(LOOK_PAGE, sizeof *page);
    enum tokenstore_error error = TOKENSTORE_OK;
    uint64_t after = 0;
    bool found = false;

    if (page == NULL)
        return message_set(conversation_message(client),
                           TOKENSTORE_ERROR_NO_MEMORY, "out of memory");
    do {
        size_t count = 0;

        error =
            list(client, NULL, after, LOOK_PAGE, page, &count, &after, &pages);
        for (size_t i = 0; error == TOKENSTORE_OK && i < count && !found;
             i++) {
            found = verbs_has_id(&page[i], id);
            if (found)
                *token = page[i];
        }
    } while (error == TOKENSTORE_OK && !found && after != 0);
    free(page);
    if (error != TOKENSTORE_OK || found)
        return error;
    return message_set(conversation_message(client),
                       TOKENSTORE_ERROR_NOT_FOUND, "no token %s", id);
}

/* The seed's document has no more than a list.  In one in the order of numbers
 * the first behind the id's predecessor is the token; another has to be read.
 */
static enum tokenstore_error look_in_list(struct client *client,
                                          const char *id,
                                          struct tokenstore_token *token) {
    struct remote_pages pages = {.lap = 1};
    size_t count = 0;
    uint64_t number, next;

    if (message_parse_id(id, &number) &&
        list(client, NULL, number - 1, 1, token, &count, &next, &pages) ==
            TOKENSTORE_OK &&
        count == 1 && verbs_has_id(token, id))
        return TOKENSTORE_OK;
    return look_everywhere(client, id, token);
}

enum tokenstore_error verbs_look(struct client *client, const char *id,
                                 struct tokenstore_token *token) {
    char path[VERBS_PATH_SIZE];
    struct request request = {.method = "GET", .path = path};
    const struct answer *answer;
    const char *problem;
    enum tokenstore_error error;

    snprintf(path, sizeof path, VERBS_TOKENS "%s", id);
    error = verbs_ask(client, &request, &answer);
    if (error == TOKENSTORE_ERROR_NOT_FOUND ||
        error == TOKENSTORE_ERROR_UNSUPPORTED)
        return look_in_list(client, id, token);
    if (error != TOKENSTORE_OK)
        return error;
    problem = message_read_token(answer, token);
    if (problem == NULL && !verbs_has_id(token, id))
        problem = "another token's id";
    return problem == NULL ? TOKENSTORE_OK
                           : client_disbelieve(client, problem);
}

enum tokenstore_error verb_get(const struct remote_place *place, uint64_t id,
                               struct tokenstore_token *token,
                               struct message *message) {
    char text[TOKENSTORE_ID_SIZE];
    struct client *client;
    enum tokenstore_error error;

    if (id == 0)
        return message_set(message, TOKENSTORE_ERROR_NOT_FOUND, "no token 0");
    error = client_open(place, message, &client);
    snprintf(text, sizeof text, "%" PRIu64, id);
    if (error == TOKENSTORE_OK)
        error = verbs_look(client, text, token);
    client_close(&client);
    return error;
}

enum tokenstore_error verb_list(const struct remote_place *place,
                                const struct tokenstore_identity *user,
                                uint64_t after, uint32_t limit,
                                struct tokenstore_token *tokens, size_t *count,
                                uint64_t *next, struct remote_pages *pages,
                                struct message *message) {
    struct client *client;
    enum tokenstore_error error = client_open(place, message, &client);

    if (error == TOKENSTORE_OK)
        error = list(client, user, after, limit, tokens, count, next, pages);
    client_close(&client);
    return error;
}
