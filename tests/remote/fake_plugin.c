/*
 * fake_plugin.c - a plugin without a network, for
 * tests/unit/remote/test_remote.c: what it does with a token depends only on
 * the id.  It is also built with another version (FAKE_VERSION), and with
 * tokens of another size (FAKE_GROWTH).
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tokenstore/remote/interface.h"

#ifndef FAKE_VERSION
#define FAKE_VERSION PACKAGE_VERSION
#endif
#ifndef FAKE_GROWTH
#define FAKE_GROWTH 0
#endif

static uint64_t next_id = 1;

static enum tokenstore_error answer(uint64_t id, struct message *message) {
    if (id % 1000 == 404)
        return message_set(message, TOKENSTORE_ERROR_NOT_FOUND, "gone");
    if (id % 1000 == 403)
        return message_set(message, TOKENSTORE_ERROR_FORBIDDEN, "not yours");
    if (id % 1000 == 500)
        return message_set(message, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                           "broken");
    return TOKENSTORE_OK;
}

static void fill(uint64_t id, struct tokenstore_token *token) {
    memset(token, 0, sizeof(*token));
    token->id = id;
    token->enabled = true;
    strcpy(token->user.name, id % 1000 == 7 ? "test-bob" : "test-jane");
}

static enum tokenstore_error create(const struct remote_server *server,
                                    const struct tokenstore_token *wanted,
                                    struct tokenstore_bearer *bearer,
                                    struct tokenstore_token *created,
                                    struct message *message) {
    (void)server;
    if (strcmp(wanted->name, "refused") == 0)
        return message_set(message, TOKENSTORE_ERROR_FORBIDDEN,
                           "no such name");
    fill(next_id++, created);
    strcpy(bearer->text, "a secret");
    return TOKENSTORE_OK;
}

static enum tokenstore_error get(const struct remote_server *server,
                                 uint64_t id, struct tokenstore_token *token,
                                 struct message *message) {
    (void)server;
    fill(id, token);
    /* Above 1000, a token can be shown even if changing it fails (1404). */
    return id > 1000 ? TOKENSTORE_OK : answer(id, message);
}

/* The tokens after "after"; those whose id ends in 007 are test-bob's. */
static enum tokenstore_error
list(const struct remote_server *server,
     const struct tokenstore_identity *user, uint64_t after, uint32_t limit,
     struct tokenstore_token *tokens, size_t *count, uint64_t *next,
     struct remote_pages *pages, struct message *message) {
    (void)server;
    (void)message;
    (void)user;
    (void)pages;
    for (*count = 0; *count < limit; ++*count)
        fill(++after, &tokens[*count]);
    *next = after;
    return TOKENSTORE_OK;
}

static enum tokenstore_error modify(const struct remote_server *server,
                                    uint64_t id, unsigned int fields,
                                    const struct tokenstore_token *values,
                                    struct tokenstore_token *modified,
                                    struct message *message) {
    (void)server;
    (void)fields;
    fill(id, modified);
    modified->enabled = values->enabled;
    return answer(id, message);
}

static enum tokenstore_error revoke(const struct remote_server *server,
                                    const char *id, struct message *message) {
    (void)server;
    return answer(strtoull(id, NULL, 10), message);
}

static enum tokenstore_error rotate(const struct remote_server *server,
                                    uint64_t id, int64_t grace,
                                    struct tokenstore_bearer *bearer,
                                    struct tokenstore_token *created,
                                    struct message *message) {
    (void)server;
    (void)grace;
    fill(next_id++, created);
    strcpy(bearer->text, "a secret");
    return answer(id, message);
}

/* Accepts every bearer token, whichever user is asked for. */
static enum tokenstore_error verify(const struct remote_server *server,
                                    const struct remote_question *question,
                                    struct tokenstore_token *token,
                                    enum tokenstore_reason *reason,
                                    struct message *message) {
    uint64_t id = 0;

    (void)server;
    (void)message;
    *reason = TOKENSTORE_REASON_NONE;
    if (tokenstore_bearer_id(question->bearer, strlen(question->bearer),
                             &id) != TOKENSTORE_OK)
        return TOKENSTORE_ERROR_INVALID_BEARER;
    fill(id, token);
    return TOKENSTORE_OK;
}

extern const struct remote_plugin tokenstore_remote_plugin;

__attribute__((visibility("default")))
const struct remote_plugin tokenstore_remote_plugin = {
    .version = FAKE_VERSION,
    .size = sizeof(struct remote_plugin),
    .token_size = sizeof(struct tokenstore_token) + FAKE_GROWTH,
    .create = create,
    .get = get,
    .list = list,
    .modify = modify,
    .revoke = revoke,
    .rotate = rotate,
    .verify = verify,
};
