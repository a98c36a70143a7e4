/*
 * read.c - get and list tokens of a remote store.
 */
#include "tokenstore/remote/read.h"

#include "tokenstore/remote/remote.h"
#include "tokenstore/remote/server.h"
#include "tokenstore/values/token_list.h"

enum tokenstore_error remote_get(void *store, uint64_t id,
                                 struct tokenstore_token *token) {
    struct remote *remote = store;
    const struct remote_plugin *plugin;
    enum tokenstore_error error =
        server_reach(&remote->server, &plugin, &remote->message);

    return error == TOKENSTORE_OK
               ? plugin->get(&remote->server, id, token, &remote->message)
               : error;
}

enum tokenstore_error remote_list(void *store,
                                  const struct tokenstore_identity *user,
                                  uint64_t after, uint32_t limit,
                                  struct tokenstore_list **list) {
    struct remote *remote = store;
    const struct remote_plugin *plugin;
    enum tokenstore_error error =
        server_reach(&remote->server, &plugin, &remote->message);

    *list = NULL;
    if (error != TOKENSTORE_OK)
        return error;
    if (after == TOKENSTORE_AFTER_LAST && remote->pages.next[0] == '\0')
        return message_set(&remote->message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                           "%s: no page to go on from", remote->server.uri);
    if (limit > REMOTE_PAGE_MAX)
        limit = REMOTE_PAGE_MAX;
    *list = token_list_new(limit);
    if (*list == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    error = plugin->list(&remote->server, user, after, limit, (*list)->tokens,
                         &(*list)->count, &(*list)->next, &remote->pages,
                         &remote->message);
    if (error != TOKENSTORE_OK)
        tokenstore_list_free(list);
    return error;
}
