/*
 * server.c - the server of a remote store: its URI, and the options for it.
 * Knows nothing of HTTP, TLS or JSON, and loads the plugin only when the
 * server is asked something.
 */
#include "tokenstore/remote/server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "tokenstore/host/safepath.h"
#include "tokenstore/remote/plugin.h"
#include "tokenstore/values/number.h"
#include "tokenstore/values/text.h"
#include "tokenstore/values/token_list.h"

/* ---------------------------------------------------------------- the URI */

bool server_is_uri(const char *uri) {
    return strncmp(uri, "unix:", 5) == 0 || strncmp(uri, "https:", 6) == 0 ||
           strncmp(uri, "http:", 5) == 0;
}

/* 1 to 65535, without a leading zero. */
static bool is_port(const char *text) {
    uint64_t port;

    return number_parse(text, 65535, &port) && port != 0;
}

/* "host", "host:port", "[address]" or "[address]:port", and nothing else, so
 * that all programs understand it in the same way. */
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

/* http: is not encrypted, so it is only for addresses of this machine. */
static bool is_loopback(const char *host) {
    struct in6_addr v6;
    struct in_addr v4;

    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Fill in url and socket, which stay NULL without memory.  False if the URI is
 * malformed. */
static bool take_apart(struct remote_server *server, const char *uri) {
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

enum tokenstore_error server_parse(const char *uri,
                                   struct remote_server *server) {
    enum tokenstore_error error = TOKENSTORE_OK;

    *server = (struct remote_server){.uri = strdup(uri)};
    if (!take_apart(server, uri))
        error = TOKENSTORE_ERROR_INVALID_ARGUMENT;
    else if (server->uri == NULL || server->url == NULL ||
             (server->socket == NULL && strncmp(uri, "unix:", 5) == 0))
        error = TOKENSTORE_ERROR_NO_MEMORY;
    if (error != TOKENSTORE_OK)
        server_free(server);
    return error;
}

static void forget_token(struct remote_server *server) {
    if (server->token != NULL)
        tokenstore_wipe(server->token, strlen(server->token));
    free(server->token);
    server->token = NULL;
}

void server_free(struct remote_server *server) {
    free(server->uri);
    free(server->url);
    free(server->socket);
    free(server->ca_file);
    free(server->certificate);
    free(server->key);
    free(server->token_file);
    forget_token(server);
    *server = (struct remote_server){.uri = NULL};
}

/* ----------------------------------------------------------------- options */

/* Set an option that is the name of a file; NULL: not given. */
static enum tokenstore_error set_file(char **member, const char *file,
                                      struct message *message) {
    char path[PATH_MAX];

    free(*member);
    *member = NULL;
    if (file == NULL)
        return TOKENSTORE_OK;
    if (*file == '\0' || !safepath_absolute(file, path))
        return message_set(message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                           "'%s': not the name of a file", file);
    *member = strdup(path);
    return *member != NULL ? TOKENSTORE_OK : TOKENSTORE_ERROR_NO_MEMORY;
}

enum tokenstore_error
server_set_options(struct remote_server *server,
                   const struct tokenstore_remote *options,
                   struct message *message) {
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
    if (options->token != NULL && options->token_file != NULL)
        return message_set(message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
                           "a token and a file with another one");
    error = set_file(&server->ca_file, options->ca_file, message);
    if (error == TOKENSTORE_OK)
        error = set_file(&server->certificate, options->client_certificate,
                         message);
    if (error == TOKENSTORE_OK)
        error = set_file(&server->key, options->client_key, message);
    if (error == TOKENSTORE_OK)
        error = set_file(&server->token_file, options->token_file, message);
    forget_token(server);
    if (error == TOKENSTORE_OK && options->token != NULL) {
        server->token = strdup(options->token);
        if (server->token == NULL)
            error = TOKENSTORE_ERROR_NO_MEMORY;
    }
    return error;
}

/* ----------------------------------------------------------------- requests
 */

enum tokenstore_error server_judge(const struct remote_server *server,
                                   struct message *message) {
    enum tokenstore_error error = TOKENSTORE_OK;

    if (server->socket != NULL)
        error = safepath_socket(server->socket, message);
    if (error == TOKENSTORE_ERROR_MISSING)
        return message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                           "%s: no such socket: is accesstokend running?",
                           server->uri);
    return error;
}

enum tokenstore_error server_reach(const struct remote_server *server,
                                   const struct remote_plugin **plugin,
                                   struct message *message) {
    enum tokenstore_error error = server_judge(server, message);

    return error == TOKENSTORE_OK ? plugin_load(plugin, message) : error;
}

enum tokenstore_error server_cannot(const struct remote_server *server,
                                    const char *what,
                                    struct message *message) {
    return message_set(message, TOKENSTORE_ERROR_UNSUPPORTED,
                       "%s: %s: not for a remote store; do it where the "
                       "store's file is",
                       server->uri, what);
}
