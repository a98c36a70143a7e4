/*
 * server.c - a store behind HTTP: where it is, and handing calls to the
 * plugin.  Knows nothing of HTTP, TLS or JSON, and loads the plugin only when
 * something is asked of such a store.
 */
#include "tokenstore/remote/server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "tokenstore/host/safepath.h"
#include "tokenstore/remote/plugin.h"
#include "tokenstore/store.h"
#include "tokenstore/values/text.h"
#include "tokenstore/values/token_list.h"

/* ---------------------------------------------------------------- the URI */

bool remote_is_uri(const char *uri) {
    return strncmp(uri, "unix:", 5) == 0 || strncmp(uri, "https:", 6) == 0 ||
           strncmp(uri, "http:", 5) == 0;
}

/* 1 to 65535, no leading zero. */
static bool is_port(const char *text) {
    size_t digits = strspn(text, "0123456789");

    return *text != '0' && digits >= 1 && digits <= 5 &&
           text[digits] == '\0' && atoi(text) <= 65535;
}

/* "host", "host:port", "[address]", "[address]:port": no more, so that
 * nothing in it can mean anything else to anybody. */
static bool is_authority(const char *text, char host[256]) {
    bool bracket = *text == '[';
    size_t length =
        bracket ? strspn(text + 1, "0123456789abcdefABCDEF:.")
                : strspn(text, "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    const char *end = text + length + (bracket ? 1 : 0);

    if (length == 0 || length > 255 || (bracket && *end++ != ']'))
        return false;
    memcpy(host, text + (bracket ? 1 : 0), length);
    host[length] = '\0';
    return *end == '\0' || (*end == ':' && is_port(end + 1));
}

/* What is sent there can be read on the way: only where there is no way. */
static bool is_loopback(const char *host) {
    struct in6_addr v6;
    struct in_addr v4;

    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Takes the URI apart; false for one that cannot be. */
static bool place_set(struct remote_server *server, const char *uri) {
    bool tls = strncmp(uri, "https://", 8) == 0;
    char host[256];
    size_t length;

    if (strncmp(uri, "unix:", 5) == 0) {
        const char *path = uri + 5;

        if (*path != '/' || !text_is_printable(path, strlen(path)) ||
            strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
            return false;
        server->socket = strdup(path);
        server->url = strdup("http://localhost");
        return true;
    }
    if (!tls && strncmp(uri, "http://", 7) != 0)
        return false;
    server->url = strdup(uri);
    if (server->url == NULL)
        return true;
    length = strlen(server->url);
    if (server->url[length - 1] == '/')
        server->url[length - 1] = '\0';
    return is_authority(server->url + (tls ? 8 : 7), host) &&
           (tls || is_loopback(host));
}

enum tokenstore_error remote_open(const char *uri, struct remote **remote) {
    struct remote_server *server;
    enum tokenstore_error error = TOKENSTORE_OK;

    *remote = calloc(1, sizeof(**remote));
    if (*remote == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    server = &(*remote)->server;
    server->uri = strdup(uri);
    if (!place_set(server, uri))
        error = TOKENSTORE_ERROR_INVALID_ARGUMENT;
    else if (server->uri == NULL || server->url == NULL ||
             (server->socket == NULL && strncmp(uri, "unix:", 5) == 0))
        error = TOKENSTORE_ERROR_NO_MEMORY;
    if (error != TOKENSTORE_OK)
        remote_close(remote);
    return error;
}

void remote_close(struct remote **remote) {
    if (*remote == NULL)
        return;
    free((*remote)->server.uri);
    free((*remote)->server.url);
    free((*remote)->server.socket);
    free((*remote)->server.ca_file);
    free((*remote)->server.certificate);
    free((*remote)->server.key);
    free((*remote)->server.token_file);
    free(*remote);
    *remote = NULL;
}

const char *remote_uri(const struct remote *remote) {
    return remote->server.uri;
}

/* ----------------------------------------------------------------- options */

static enum tokenstore_error set_file(char **member, const char *file,
                                      struct message *message) {
    char path[PATH_MAX];

    free(*member);
    *member = NULL;
    if (file == NULL)
        return TOKENSTORE_OK;
    if (*file == '\0' || !store_absolute_path(file, path))
        return message_set(message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                           "'%s': not the name of a file", file);
    *member = strdup(path);
    return *member != NULL ? TOKENSTORE_OK : TOKENSTORE_ERROR_NO_MEMORY;
}

enum tokenstore_error remote_set(struct remote *remote,
                                 const struct tokenstore_remote *options,
                                 struct message *message) {
    struct remote_server *server = &remote->server;
    bool tls = strncmp(server->url, "https:", 6) == 0;
    enum tokenstore_error error;

    if (!tls &&
        (options->ca_file != NULL || options->client_certificate != NULL ||
         options->client_key != NULL))
        return message_set(message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                           "%s: certificates are for https: alone",
                           server->uri);
    if ((options->client_certificate != NULL) != (options->client_key != NULL))
        return message_set(
            message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
            "a client's certificate needs its key, and a key its "
            "certificate");
    error = set_file(&server->ca_file, options->ca_file, message);
    if (error == TOKENSTORE_OK)
        error = set_file(&server->certificate, options->client_certificate,
                         message);
    if (error == TOKENSTORE_OK)
        error = set_file(&server->key, options->client_key, message);
    if (error == TOKENSTORE_OK)
        error = set_file(&server->token_file, options->token_file, message);
    return error;
}

/* ---------------------------------------------------------------- handing on
 */

enum tokenstore_error remote_reach(const struct remote *remote,
                                   const struct remote_plugin **plugin,
                                   struct message *message) {
    const char *path = remote->server.socket;
    enum tokenstore_error error = TOKENSTORE_OK;

    if (path != NULL)
        error = safepath_socket(path, message);
    if (error == TOKENSTORE_ERROR_MISSING)
        return message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                           "%s: no such socket: is accesstokend running?",
                           remote->server.uri);
    return error == TOKENSTORE_OK ? plugin_load(plugin, message) : error;
}

enum tokenstore_error remote_cannot(const struct remote *remote,
                                    const char *what,
                                    struct message *message) {
    return message_set(
        message, TOKENSTORE_ERROR_UNSUPPORTED,
        "%s: %s: not for a remote store; do it where the store's "
        "file is",
        remote->server.uri, what);
}

enum tokenstore_error remote_get(const struct remote *remote, uint64_t id,
                                 struct tokenstore_token *token,
                                 struct message *message) {
    const struct remote_plugin *plugin;
    enum tokenstore_error error = remote_reach(remote, &plugin, message);

    return error == TOKENSTORE_OK
               ? plugin->get(&remote->server, id, token, message)
               : error;
}

enum tokenstore_error remote_list(struct remote *remote,
                                  const struct tokenstore_identity *user,
                                  uint64_t after, uint32_t limit,
                                  struct tokenstore_list **list,
                                  struct message *message) {
    const struct remote_plugin *plugin;
    enum tokenstore_error error = remote_reach(remote, &plugin, message);

    *list = NULL;
    if (error != TOKENSTORE_OK)
        return error;
    if (after == TOKENSTORE_AFTER_LAST && remote->pages.next[0] == '\0')
        return message_set(message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                           "%s: no page to go on from", remote->server.uri);
    if (limit > REMOTE_PAGE_MAX)
        limit = REMOTE_PAGE_MAX;
    *list = token_list_new(limit);
    if (*list == NULL)
        return TOKENSTORE_ERROR_NO_MEMORY;
    error =
        plugin->list(&remote->server, user, after, limit, (*list)->tokens,
                     &(*list)->count, &(*list)->next, &remote->pages, message);
    if (error != TOKENSTORE_OK)
        tokenstore_list_free(list);
    return error;
}
