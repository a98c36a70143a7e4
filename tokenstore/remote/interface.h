/*
 * interface.h - stores behind HTTP, and the private interface between
 * libtokenstore and tokenstore-http.so, the plugin that speaks it.  The two
 * are built together and share structures: neither works with another build's.
 */
#ifndef TOKENSTORE_REMOTE_INTERFACE_H
#define TOKENSTORE_REMOTE_INTERFACE_H

#include "tokenstore/values/message.h"
#include "tokenstore/values/token.h"

/* Everything a call may take: connecting, TLS, requests and answers. */
#define REMOTE_SECONDS 5

/* The most tokens that are asked for at once: however large they are, a page
 * stays below what is read of an answer. */
#define REMOTE_PAGE_MAX 500

/* The longest URI of a page, and its NUL. */
#define REMOTE_NEXT_SIZE 2048

/*
 * The way through a list whose server goes on by keys of its own: kept for the
 * plugin between its calls.  Zero-initialise.
 */
struct remote_pages {
    char next[REMOTE_NEXT_SIZE]; /* path and query; "": there is no such way */
    char mark[REMOTE_NEXT_SIZE]; /* an earlier one: a way that is a circle */
    uint64_t steps, lap;         /* comes by again.  Steps behind the mark */
};

/* Where a store is, and what opens it.  NULL where not given. */
struct remote_place {
    char *uri;         /* as it was given */
    char *url;         /* "https://host:port", to put a path behind */
    char *socket;      /* of a unix: URI */
    char *ca_file;     /* instead of the system's */
    char *certificate; /* the client's; with its key */
    char *key;
    char *token_file;
};

/* What is asked about a bearer token. */
struct remote_question {
    const char *user; /* NULL: whoever owns it */
    const char *bearer;
    const char *const *scopes;
    size_t scope_count;
    const char *address; /* canonical; NULL: not known */
    bool tell_user;      /* is it another user's?  REASON_USER */
};

/*
 * The plugin's one symbol, tokenstore_remote_plugin.  What a function returns
 * is true of the server's answer as it stands; a sentence is left in the
 * complaint on every error.  No memory changes hands: tokens are filled in,
 * except that a failed call may leave anything in them.  Nothing is kept
 * between calls.
 */
struct remote_plugin {
    /* These three first, in every version. */
    const char *version; /* tokenstore_version() */
    size_t size;         /* sizeof(struct remote_plugin) */
    size_t token_size;   /* sizeof(struct tokenstore_token) */

    /* A token without a user is for whoever asks. */
    enum tokenstore_error (*create)(const struct remote_place *place,
                                    const struct tokenstore_token *wanted,
                                    struct tokenstore_bearer *bearer,
                                    struct tokenstore_token *created,
                                    struct message *message);
    enum tokenstore_error (*get)(const struct remote_place *place, uint64_t id,
                                 struct tokenstore_token *token,
                                 struct message *message);
    /* At most "limit" tokens, for which there is room; user NULL: all.
     * *next is where to go on, 0 after the last page; TOKENSTORE_AFTER_LAST
     * is the way that pages->next knows. */
    enum tokenstore_error (*list)(const struct remote_place *place,
                                  const struct tokenstore_identity *user,
                                  uint64_t after, uint32_t limit,
                                  struct tokenstore_token *tokens,
                                  size_t *count, uint64_t *next,
                                  struct remote_pages *pages,
                                  struct message *message);
    enum tokenstore_error (*modify)(const struct remote_place *place,
                                    uint64_t id, unsigned int fields,
                                    const struct tokenstore_token *values,
                                    struct tokenstore_token *modified,
                                    struct message *message);
    enum tokenstore_error (*revoke)(const struct remote_place *place,
                                    const char *id, struct message *message);
    enum tokenstore_error (*rotate)(const struct remote_place *place,
                                    uint64_t id, int64_t grace,
                                    struct tokenstore_bearer *bearer,
                                    struct tokenstore_token *created,
                                    struct message *message);
    /* On a yes the token has an id, the user's name and the scopes. */
    enum tokenstore_error (*verify)(const struct remote_place *place,
                                    const struct remote_question *question,
                                    struct tokenstore_token *token,
                                    enum tokenstore_reason *reason,
                                    struct message *message);
};

#define REMOTE_PLUGIN_SYMBOL "tokenstore_remote_plugin"

#endif
