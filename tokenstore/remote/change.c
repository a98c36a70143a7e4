/*
 * change.c - changes of a remote store's tokens, one after the other.
 * Must never revoke a user's tokens without having seen whose they are: a
 * server that does not know the filter would list everybody's.
 */
#include <stdlib.h>
#include <string.h>

#include "tokenstore/host/owner.h"
#include "tokenstore/remote/server.h"
#include "tokenstore/store.h"
#include "tokenstore/values/token_list.h"

/* What the token is; of one that may revoke itself and no more, the id. */
static enum tokenstore_error look(const struct remote *remote,
                                  const struct remote_plugin *plugin,
                                  uint64_t id, struct tokenstore_token *token,
                                  struct message *message) {
    enum tokenstore_error error =
        plugin->get(&remote->server, id, token, message);

    if (error != TOKENSTORE_ERROR_FORBIDDEN)
        return error;
    memset(token, 0, sizeof(*token));
    token->id = id;
    token->creation_time = TOKENSTORE_NEVER;
    token->expiration_time = TOKENSTORE_NEVER;
    return TOKENSTORE_OK;
}

enum tokenstore_error remote_change(const struct remote *remote,
                                    struct tokenstore_change *change,
                                    struct message *message) {
    const struct remote_server *place = &remote->server;
    const struct remote_plugin *plugin;
    char id[TOKENSTORE_ID_SIZE];
    enum tokenstore_error error;

    if (change->approve != NULL || change->keep_expiration)
        return remote_cannot(remote, "to approve of changes", message);
    error = remote_reach(remote, &plugin, message);
    if (error != TOKENSTORE_OK)
        return error;
    switch (change->kind) {
    case TOKENSTORE_CHANGE_CREATE:
        return plugin->create(place, change->values, &change->bearer,
                              change->token, message);
    case TOKENSTORE_CHANGE_MODIFY:
        return plugin->modify(place, change->id, change->fields,
                              change->values, change->token, message);
    case TOKENSTORE_CHANGE_REVOKE:
        error = look(remote, plugin, change->id, change->token, message);
        if (error != TOKENSTORE_OK)
            return error;
        tokenstore_token_id_text(change->token, id);
        return plugin->revoke(place, id, message);
    case TOKENSTORE_CHANGE_ROTATE:
        return plugin->rotate(place, change->id, change->grace,
                              &change->bearer, change->token, message);
    }
    return TOKENSTORE_ERROR_INVALID_ARGUMENT;
}

/* Tokens that were looked at.  One that was seen and has gone meanwhile is
 * what was asked for. */
static enum tokenstore_error revoke_all(const struct remote *remote,
                                        const struct remote_plugin *plugin,
                                        const struct tokenstore_list *tokens,
                                        struct message *message) {
    enum tokenstore_error error = TOKENSTORE_OK;
    struct message why;
    size_t done = 0;

    while (error == TOKENSTORE_OK && done < tokens->count) {
        const struct tokenstore_token *token = &tokens->tokens[done];
        char id[TOKENSTORE_ID_SIZE];

        error = plugin->revoke(&remote->server,
                               tokenstore_token_id_text(token, id), message);
        if (error == TOKENSTORE_ERROR_NOT_FOUND &&
            identity_is_set(&token->user))
            error = TOKENSTORE_OK;
        if (error == TOKENSTORE_OK)
            done++;
    }
    if (error == TOKENSTORE_OK || done == 0)
        return error;
    why = *message;
    return message_set(message, error,
                       "%.400s (before that, %zu of %zu tokens were revoked)",
                       why.text, done, tokens->count);
}

enum tokenstore_error remote_revoke(const struct remote *remote,
                                    const uint64_t *ids, size_t count,
                                    struct tokenstore_list *revoked,
                                    struct message *message) {
    const struct remote_plugin *plugin;
    enum tokenstore_error error = remote_reach(remote, &plugin, message);
    struct message missing = {""};
    size_t missing_count = 0;

    for (size_t i = 0; i < count && error == TOKENSTORE_OK; i++) {
        error = look(remote, plugin, ids[i], &revoked->tokens[i], message);
        if (error == TOKENSTORE_ERROR_NOT_FOUND) {
            revoke_name_missing(&missing, ids[i], missing_count++);
            error = TOKENSTORE_OK;
        }
    }
    if (error == TOKENSTORE_OK && missing_count > 0) {
        *message = missing;
        error = TOKENSTORE_ERROR_NOT_FOUND;
    }
    if (error != TOKENSTORE_OK)
        return error;
    revoked->count = count;
    return revoke_all(remote, plugin, revoked, message);
}

enum tokenstore_error
remote_revoke_user(struct remote *remote,
                   const struct tokenstore_identity *user,
                   struct tokenstore_list **revoked, struct message *message) {
    const struct remote_plugin *plugin;
    struct owner owner;
    char id[TOKENSTORE_ID_SIZE];
    enum tokenstore_error error = remote_reach(remote, &plugin, message);

    if (error == TOKENSTORE_OK)
        error =
            remote_list(remote, user, 0, REMOTE_PAGE_MAX, revoked, message);
    if (error != TOKENSTORE_OK)
        return error;
    owner_prepare(&owner, user);
    for (size_t i = 0; i < (*revoked)->count && error == TOKENSTORE_OK; i++)
        if (!owner_matches(&owner, &(*revoked)->tokens[i]))
            error = message_set(
                message, TOKENSTORE_ERROR_UNSUPPORTED,
                "%s: lists token %s of another user as well: "
                "revoke tokens by their ids",
                remote->server.uri,
                tokenstore_token_id_text(&(*revoked)->tokens[i], id));
    if (error == TOKENSTORE_OK)
        error = revoke_all(remote, plugin, *revoked, message);
    if (error != TOKENSTORE_OK)
        tokenstore_list_free(revoked);
    return error;
}
