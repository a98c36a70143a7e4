/*
 * verbs.h - what the plugin can do: the functions of struct remote_plugin,
 * and what they share.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_VERBS_H
#define TOKENSTORE_REMOTE_HTTP_VERBS_H

#include "tokenstore/remote/http/conversation.h"

#define VERBS_TOKENS "/v1/auth/access-tokens/"

/* Room for the path of a token, and of what can be done with it. */
#define VERBS_PATH_SIZE (TOKENSTORE_ID_SIZE + 40)

/* ask.c: client_ask for an answer with status 200; every other one is an
 * error, told in the server's words where it has some. */
enum tokenstore_error verbs_ask(struct client *client,
                                const struct request *request,
                                const struct answer **answer);

/* look.c: one token; also from a server that has only the list. */
enum tokenstore_error verbs_look(struct client *client, const char *id,
                                 struct tokenstore_token *token);

/* Is this the token with the id? */
bool verbs_has_id(const struct tokenstore_token *token, const char *id);

/* The functions of struct remote_plugin: see remote.h. */
enum tokenstore_error verb_create(const struct remote_place *place,
                                  const struct tokenstore_token *wanted,
                                  struct tokenstore_bearer *bearer,
                                  struct tokenstore_token *created,
                                  struct message *message);
enum tokenstore_error verb_get(const struct remote_place *place, uint64_t id,
                               struct tokenstore_token *token,
                               struct message *message);
enum tokenstore_error verb_list(const struct remote_place *place,
                                const struct tokenstore_identity *user,
                                uint64_t after, uint32_t limit,
                                struct tokenstore_token *tokens, size_t *count,
                                uint64_t *next, struct remote_pages *pages,
                                struct message *message);
enum tokenstore_error verb_modify(const struct remote_place *place,
                                  uint64_t id, unsigned int fields,
                                  const struct tokenstore_token *values,
                                  struct tokenstore_token *modified,
                                  struct message *message);
enum tokenstore_error verb_revoke(const struct remote_place *place,
                                  const char *id, struct message *message);
enum tokenstore_error verb_rotate(const struct remote_place *place,
                                  uint64_t id, int64_t grace,
                                  struct tokenstore_bearer *bearer,
                                  struct tokenstore_token *created,
                                  struct message *message);
enum tokenstore_error verb_verify(const struct remote_place *place,
                                  const struct remote_question *question,
                                  struct tokenstore_token *token,
                                  enum tokenstore_reason *reason,
                                  struct message *message);

#endif
