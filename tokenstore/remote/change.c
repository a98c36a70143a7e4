/*
 * change.c - change tokens of a remote store, one request after the other.
 * Must never revoke a user's tokens without checking whose they are: a server
 * that does not know the filter lists everybody's.
 */
#include "tokenstore/remote/change.h"

#include <string.h>

#include "tokenstore/host/owner.h"
#include "tokenstore/remote/read.h"
#include "tokenstore/remote/remote.h"
#include "tokenstore/remote/server.h"
#include "tokenstore/values/token_list.h"

/* Read a token before it is revoked.  If the caller may revoke it but not see
 * it (a token that revokes itself), its id is all that is known. */
static enum tokenstore_error look(struct remote *remote,
                                  const struct remote_plugin *plugin,
                                  uint64_t id,
                                  struct tokenstore_token *token) {
    enum tokenstore_error error =
        plugin->get(&remote->server, id, token, &remote->message);

    if (error != TOKENSTORE_ERROR_FORBIDDEN)
        return error;
    memset(token, 0, sizeof(*token));
    token->id = id;
    token->creation_time = TOKENSTORE_NEVER;
    token->expiration_time = TOKENSTORE_NEVER;
    return TOKENSTORE_OK;
}

static enum tokenstore_error make(struct remote *remote,
                                  struct tokenstore_change *change) {
    const struct remote_server *server = &remote->server;
    struct message *message = &remote->message;
    const struct remote_plugin *plugin;
    char id[TOKENSTORE_ID_SIZE];
    enum tokenstore_error error;

    if (change->approve != NULL || change->keep_expiration ||
        change->caller_token != 0)
        return server_cannot(server, "to approve of changes", message);
    error = server_reach(server, &plugin, message);
    if (error != TOKENSTORE_OK)
        return error;
    switch (change->kind) {
    case TOKENSTORE_CHANGE_CREATE:
        return plugin->create(server, change->values, &change->bearer,
                              change->token, message);
    case TOKENSTORE_CHANGE_MODIFY:
        return plugin->modify(server, change->id, change->fields,
                              change->values, change->token, message);
    case TOKENSTORE_CHANGE_REVOKE:
        error = look(remote, plugin, change->id, change->token);
        if (error != TOKENSTORE_OK)
            return error;
        tokenstore_token_id_text(change->token, id);
        return plugin->revoke(server, id, message);
    case TOKENSTORE_CHANGE_ROTATE:
        return plugin->rotate(server, change->id, change->grace,
                              &change->bearer, change->token, message);
    }
    return TOKENSTORE_ERROR_INVALID_ARGUMENT;
}

enum tokenstore_error remote_apply(void *store,
                                   const struct tokenstore_limits *limits,
                                   struct tokenstore_change *changes,
                                   size_t count, int64_t now) {
    struct remote *remote = store;

    /* The server has limits and a clock of its own. */
    (void)limits;
    (void)now;
    for (size_t i = 0; i < count; i++) {
        struct tokenstore_change *change = &changes[i];

        if (change->error != TOKENSTORE_OK)
            continue;
        remote->message.text[0] = '\0';
        change->error = make(remote, change);
        memcpy(change->message, remote->message.text, sizeof(change->message));
    }
    return TOKENSTORE_OK;
}

/* Revoke tokens that were read.  One that is gone meanwhile, although it was
 * shown, is what was asked for. */
static enum tokenstore_error revoke_all(struct remote *remote,
                                        const struct remote_plugin *plugin,
                                        const struct tokenstore_list *tokens) {
    enum tokenstore_error error = TOKENSTORE_OK;
    struct message why;
    size_t done = 0;

    while (error == TOKENSTORE_OK && done < tokens->count) {
        const struct tokenstore_token *token = &tokens->tokens[done];
        char id[TOKENSTORE_ID_SIZE];

        error = plugin->revoke(&remote->server,
                               tokenstore_token_id_text(token, id),
                               &remote->message);
        if (error == TOKENSTORE_ERROR_NOT_FOUND &&
            identity_is_set(&token->user))
            error = TOKENSTORE_OK;
        if (error == TOKENSTORE_OK)
            done++;
    }
    if (error == TOKENSTORE_OK || done == 0)
        return error;
    why = remote->message;
    return message_set(&remote->message, error,
                       "%.400s (before that, %zu of %zu tokens were revoked)",
                       why.text, done, tokens->count);
}

enum tokenstore_error remote_revoke(void *store, const uint64_t *ids,
                                    size_t count,
                                    struct tokenstore_list *revoked) {
    struct remote *remote = store;
    const struct remote_plugin *plugin;
    enum tokenstore_error error =
        server_reach(&remote->server, &plugin, &remote->message);
    struct message missing = {""};
    size_t missing_count = 0;

    for (size_t i = 0; i < count && error == TOKENSTORE_OK; i++) {
        error = look(remote, plugin, ids[i], &revoked->tokens[i]);
        if (error != TOKENSTORE_ERROR_NOT_FOUND)
            continue;
        message_no_token(&missing, ids[i], missing_count++);
        error = TOKENSTORE_OK;
    }
    if (error == TOKENSTORE_OK && missing_count > 0) {
        remote->message = missing;
        error = TOKENSTORE_ERROR_NOT_FOUND;
    }
    if (error != TOKENSTORE_OK)
        return error;
    revoked->count = count;
    return revoke_all(remote, plugin, revoked);
}

enum tokenstore_error
remote_revoke_user(void *store, const struct tokenstore_identity *user,
                   struct tokenstore_list **revoked) {
    struct remote *remote = store;
    const struct remote_plugin *plugin;
    struct owner owner;
    char id[TOKENSTORE_ID_SIZE];
    enum tokenstore_error error =
        server_reach(&remote->server, &plugin, &remote->message);

    if (error == TOKENSTORE_OK)
        error = remote_list(store, user, 0, REMOTE_PAGE_MAX, revoked);
    if (error != TOKENSTORE_OK)
        return error;
    owner_prepare(&owner, user);
    for (size_t i = 0; i < (*revoked)->count && error == TOKENSTORE_OK; i++)
        if (!owner_matches(&owner, &(*revoked)->tokens[i]))
            error = message_set(
                &remote->message, TOKENSTORE_ERROR_UNSUPPORTED,
                "%s: the server also lists token %s of another user: revoke "
                "tokens by their ids",
                remote->server.uri,
                tokenstore_token_id_text(&(*revoked)->tokens[i], id));
    if (error == TOKENSTORE_OK)
        error = revoke_all(remote, plugin, *revoked);
    if (error != TOKENSTORE_OK)
        tokenstore_list_free(revoked);
    return error;
}
