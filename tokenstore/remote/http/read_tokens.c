/*
 * read_tokens.c - get and list tokens of a server.  Must change nothing.
 */
#include "tokenstore/remote/http/read_tokens.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenstore/remote/http/pages.h"
#include "tokenstore/remote/http/status.h"

/* Tokens of a page when one of them is searched for. */
#define LOOK_PAGE 200

/* A user in the form that tokenstore_identity_parse() reads, percent-encoded;
 * NULL without memory.  The caller frees it. */
static char *user_for_query(const struct tokenstore_identity *user) {
    char text[IDENTITY_SID_MAX + IDENTITY_NAME_MAX];

    if (user->name[0] != '\0')
        snprintf(text, sizeof(text), "%s%s",
                 user->domain == IDENTITY_DOMAIN_LOCAL              ? "local:"
                 : user->domain == IDENTITY_DOMAIN_ACTIVE_DIRECTORY ? "ad:"
                                                                    : "",
                 user->name);
    else if (user->auth_id[0] != '\0')
        snprintf(text, sizeof(text), "auth_id:%s", user->auth_id);
    else if (user->has_uid)
        snprintf(text, sizeof(text), "uid:%" PRIu32, user->uid);
    else
        snprintf(text, sizeof(text), "sid:%s", user->sid);
    return conversation_escape(text);
}

static char *list_path(const struct tokenstore_identity *user, uint64_t after,
                       uint32_t limit) {
    char *escaped = user != NULL ? user_for_query(user) : NULL;
    char from[40] = "";
    char *path = NULL;

    if (user != NULL && escaped == NULL)
        return NULL;
    if (after > 0)
        snprintf(from, sizeof(from), "after=%" PRIu64 "&", after);
    if (asprintf(&path, PAGES_TOKENS "?%slimit=%" PRIu32 "%s%s", from, limit,
                 user != NULL ? "&user=" : "",
                 user != NULL ? escaped : "") < 0)
        path = NULL;
    free(escaped);
    return path;
}

static enum tokenstore_error
list(struct conversation *conversation, const struct tokenstore_identity *user,
     uint64_t after, uint32_t limit, struct tokenstore_token *tokens,
     size_t *count, uint64_t *next, struct remote_pages *pages) {
    char *path = after == TOKENSTORE_AFTER_LAST
                     ? strdup(pages->next)
                     : list_path(user, after, limit);
    struct request request = {
        .method = "GET", .path = path, .response_max = CONVERSATION_LIST_MAX};
    struct json_paging paging;
    const struct response *response;
    const char *problem;
    enum tokenstore_error error;

    if (path == NULL)
        return message_set(conversation_message(conversation),
                           TOKENSTORE_ERROR_NO_MEMORY, "out of memory");
    error = status_ask(conversation, &request, &response);
    free(path);
    if (error == TOKENSTORE_ERROR_NOT_FOUND)
        return message_set(conversation_message(conversation),
                           TOKENSTORE_ERROR_UNSUPPORTED,
                           "%s: this server has no " PAGES_TOKENS,
                           conversation_server(conversation)->uri);
    if (error != TOKENSTORE_OK)
        return error;
    problem = json_read_list(response, tokens, limit, count, &paging);
    if (problem == NULL)
        problem = pages_follow(pages, conversation_server(conversation)->url,
                               &paging, tokens, *count, after, next);
    return problem == NULL ? TOKENSTORE_OK
                           : conversation_reject(conversation, problem);
}

bool read_tokens_has_id(const struct tokenstore_token *token, const char *id) {
    char text[TOKENSTORE_ID_SIZE];

    return strcmp(tokenstore_token_id_text(token, text), id) == 0;
}

/* Search all pages of the list. */
static enum tokenstore_error look_everywhere(struct conversation *conversation,
                                             const char *id,
                                             struct tokenstore_token *token) {
    struct remote_pages pages = {.lap = 1};
    struct tokenstore_token *page = calloc(LOOK_PAGE, sizeof(*page));
    enum tokenstore_error error = TOKENSTORE_OK;
    uint64_t after = 0;
    bool found = false;

    if (page == NULL)
        return message_set(conversation_message(conversation),
                           TOKENSTORE_ERROR_NO_MEMORY, "out of memory");
    do {
        size_t count = 0;

        error = list(conversation, NULL, after, LOOK_PAGE, page, &count,
                     &after, &pages);
        for (size_t i = 0; error == TOKENSTORE_OK && i < count && !found;
             i++) {
            found = read_tokens_has_id(&page[i], id);
            if (found)
                *token = page[i];
        }
    } while (error == TOKENSTORE_OK && !found && after != 0);
    free(page);
    if (error != TOKENSTORE_OK || found)
        return error;
    return message_set(conversation_message(conversation),
                       TOKENSTORE_ERROR_NOT_FOUND, "no token %s", id);
}

/* The first version of the interface has only a list.  If it is in the order
 * of the ids, the token is the first one after the preceding number; else
 * search all of it. */
static enum tokenstore_error look_in_list(struct conversation *conversation,
                                          const char *id,
                                          struct tokenstore_token *token) {
    struct remote_pages pages = {.lap = 1};
    size_t count = 0;
    uint64_t number, next;

    if (json_parse_id(id, &number) &&
        list(conversation, NULL, number - 1, 1, token, &count, &next,
             &pages) == TOKENSTORE_OK &&
        count == 1 && read_tokens_has_id(token, id))
        return TOKENSTORE_OK;
    return look_everywhere(conversation, id, token);
}

enum tokenstore_error read_tokens_look(struct conversation *conversation,
                                       const char *id,
                                       struct tokenstore_token *token) {
    char path[PAGES_PATH_SIZE];
    struct request request = {.method = "GET", .path = path};
    const struct response *response;
    const char *problem;
    enum tokenstore_error error;

    snprintf(path, sizeof(path), PAGES_TOKENS "%s", id);
    error = status_ask(conversation, &request, &response);
    if (error == TOKENSTORE_ERROR_NOT_FOUND ||
        error == TOKENSTORE_ERROR_UNSUPPORTED)
        return look_in_list(conversation, id, token);
    if (error != TOKENSTORE_OK)
        return error;
    problem = json_read_token(response, token);
    if (problem == NULL && !read_tokens_has_id(token, id))
        problem = "another token's id";
    return problem == NULL ? TOKENSTORE_OK
                           : conversation_reject(conversation, problem);
}

enum tokenstore_error read_tokens_get(const struct remote_server *server,
                                      uint64_t id,
                                      struct tokenstore_token *token,
                                      struct message *message) {
    char text[TOKENSTORE_ID_SIZE];
    struct conversation *conversation;
    enum tokenstore_error error;

    if (id == 0)
        return message_set(message, TOKENSTORE_ERROR_NOT_FOUND, "no token 0");
    error = conversation_open(server, message, &conversation);
    snprintf(text, sizeof(text), "%" PRIu64, id);
    if (error == TOKENSTORE_OK)
        error = read_tokens_look(conversation, text, token);
    conversation_close(&conversation);
    return error;
}

enum tokenstore_error read_tokens_list(const struct remote_server *server,
                                       const struct tokenstore_identity *user,
                                       uint64_t after, uint32_t limit,
                                       struct tokenstore_token *tokens,
                                       size_t *count, uint64_t *next,
                                       struct remote_pages *pages,
                                       struct message *message) {
    struct conversation *conversation;
    enum tokenstore_error error =
        conversation_open(server, message, &conversation);

    if (error == TOKENSTORE_OK)
        error =
            list(conversation, user, after, limit, tokens, count, next, pages);
    conversation_close(&conversation);
    return error;
}
