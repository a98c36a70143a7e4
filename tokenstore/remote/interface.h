/*
 * interface.h - the private interface between libtokenstore and its plugin
 * tokenstore-http.so, which speaks HTTP.  Both share structures, so they must
 * come from the same build.
 */
#ifndef TOKENSTORE_REMOTE_INTERFACE_H
#define TOKENSTORE_REMOTE_INTERFACE_H

#include "tokenstore/values/message.h"
#include "tokenstore/values/token.h"

/* The longest that a call may take, in seconds: connecting, TLS, all requests
 * and responses. */
#define REMOTE_SECONDS 5

/* The most tokens of a page: even the largest ones then fit into a response of
 * CONVERSATION_LIST_MAX bytes. */
#define REMOTE_PAGE_MAX 500

/* Room for the URI of a page, and its NUL. */
#define REMOTE_NEXT_SIZE 2048

/*
 * The way through a list whose pages have keys of the server's own instead of
 * ids.  The handle keeps it for the plugin between two calls. Zero-initialise.
 */
struct remote_pages {
    char
        next[REMOTE_NEXT_SIZE]; /* path and query of the next page; "": none */
    char mark[REMOTE_NEXT_SIZE]; /* an earlier page, to detect a circle */
    uint64_t steps;              /* since the mark was set */
    uint64_t lap;                /* steps after which it is set again */
};

/* A server and the credentials for it.  NULL: not given. */
struct remote_server {
    char *uri;         /* as the caller gave it */
    char *url;         /* "https://host:port", without a path */
    char *socket;      /* the path in a unix: URI */
    char *ca_file;     /* instead of the system's authorities */
    char *certificate; /* of the client; needs its key */
    char *key;
    char *token_file;
    char *token; /* wiped before it is freed */
};

/* What is asked about a bearer token. */
struct remote_question {
    const char *user; /* NULL: the token's own user */
    const char *bearer;
    const char *const *scopes; /* all of them are required */
    size_t scope_count;
    const char *address; /* of the peer, canonical; NULL: not known */
    bool tell_user;      /* find out if it is another user's: REASON_USER */
};

/*
 * What the plugin exports, as the symbol tokenstore_remote_plugin.  The
 * functions check the form of a server's answer, and whether it is about what
 * was asked.  Thread-safe; nothing is kept between calls.
 *
 * Every error leaves a message.  Outputs are filled in, never allocated; after
 * an error they may hold anything, but no bearer token.
 */
struct remote_plugin {
    /* These three come first in every version. */
    const char *version; /* tokenstore_version() */
    size_t size;         /* sizeof(struct remote_plugin) */
    size_t token_size;   /* sizeof(struct tokenstore_token) */

    /* A wanted token without a user is for the caller, as the server knows
     * them. */
    enum tokenstore_error (*create)(const struct remote_server *server,
                                    const struct tokenstore_token *wanted,
                                    struct tokenstore_bearer *bearer,
                                    struct tokenstore_token *created,
                                    struct message *message);
    enum tokenstore_error (*get)(const struct remote_server *server,
                                 uint64_t id, struct tokenstore_token *token,
                                 struct message *message);
    /* At most "limit" tokens, for which there is room; user NULL: of all.
     * *next is what to pass as "after" for the next page, 0 after the last
     * one; TOKENSTORE_AFTER_LAST means the page at pages->next. */
    enum tokenstore_error (*list)(const struct remote_server *server,
                                  const struct tokenstore_identity *user,
                                  uint64_t after, uint32_t limit,
                                  struct tokenstore_token *tokens,
                                  size_t *count, uint64_t *next,
                                  struct remote_pages *pages,
                                  struct message *message);
    enum tokenstore_error (*modify)(const struct remote_server *server,
                                    uint64_t id, unsigned int fields,
                                    const struct tokenstore_token *values,
                                    struct tokenstore_token *modified,
                                    struct message *message);
    enum tokenstore_error (*revoke)(const struct remote_server *server,
                                    const char *id, struct message *message);
    enum tokenstore_error (*rotate)(const struct remote_server *server,
                                    uint64_t id, int64_t grace,
                                    struct tokenstore_bearer *bearer,
                                    struct tokenstore_token *created,
                                    struct message *message);
    /* On OK the token has an id, the user's name and the scopes. */
    enum tokenstore_error (*verify)(const struct remote_server *server,
                                    const struct remote_question *question,
                                    struct tokenstore_token *token,
                                    enum tokenstore_reason *reason,
                                    struct message *message);
};

#define REMOTE_PLUGIN_SYMBOL "tokenstore_remote_plugin"

#endif
