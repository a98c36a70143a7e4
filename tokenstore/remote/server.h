/*
 * server.h - a store behind HTTP, as the handle's other half.
 * See remote.c.
 */
#ifndef TOKENSTORE_REMOTE_SERVER_H
#define TOKENSTORE_REMOTE_SERVER_H

#include "tokenstore/remote/interface.h"

struct remote {
    struct remote_server server;
    struct remote_pages pages; /* of the last list */
};

/* Does the URI begin with a scheme of remote stores? */
bool remote_is_uri(const char *uri);

/* Opens nothing.  INVALID_ARGUMENT for a URI that cannot be. */
enum tokenstore_error remote_open(const char *uri, struct remote **remote);
void remote_close(struct remote **remote);
const char *remote_uri(const struct remote *remote);

/* The options of tokenstore_set_remote(), file names made absolute. */
enum tokenstore_error remote_set(struct remote *remote,
                                 const struct tokenstore_remote *options,
                                 struct message *message);

/* Everything that can be said before asking: is what the URI names safe, and
 * the plugin there? */
enum tokenstore_error remote_reach(const struct remote *remote,
                                   const struct remote_plugin **plugin,
                                   struct message *message);

/*
 * The operations, as tokenstore.h has them.  A token is filled in; a list
 * belongs to the caller.
 */
enum tokenstore_error remote_get(const struct remote *remote, uint64_t id,
                                 struct tokenstore_token *token,
                                 struct message *message);
enum tokenstore_error remote_list(struct remote *remote,
                                  const struct tokenstore_identity *user,
                                  uint64_t after, uint32_t limit,
                                  struct tokenstore_list **list,
                                  struct message *message);
/* A change by itself: change->token is there and becomes what it is to be,
 * change->bearer likewise. */
enum tokenstore_error remote_change(const struct remote *remote,
                                    struct tokenstore_change *change,
                                    struct message *message);
/* ids in order, each once; revoked has room for them. */
enum tokenstore_error remote_revoke(const struct remote *remote,
                                    const uint64_t *ids, size_t count,
                                    struct tokenstore_list *revoked,
                                    struct message *message);
/* Those of one page. */
enum tokenstore_error
remote_revoke_user(struct remote *remote,
                   const struct tokenstore_identity *user,
                   struct tokenstore_list **revoked, struct message *message);
enum tokenstore_error remote_verify(const struct remote *remote,
                                    const struct tokenstore_request *request,
                                    struct tokenstore_token **token,
                                    enum tokenstore_reason *reason,
                                    struct message *message);
enum tokenstore_error
remote_verify_again(const struct remote *remote,
                    const struct tokenstore_token *token,
                    const struct tokenstore_request *request,
                    enum tokenstore_reason *reason, struct message *message);

/* What a remote store cannot do: UNSUPPORTED, with "what" in the sentence. */
enum tokenstore_error remote_cannot(const struct remote *remote,
                                    const char *what, struct message *message);

#endif
