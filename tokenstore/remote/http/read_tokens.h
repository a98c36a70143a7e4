/*
 * read_tokens.h - get and list tokens of a server.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_READ_TOKENS_H
#define TOKENSTORE_REMOTE_HTTP_READ_TOKENS_H

#include "tokenstore/remote/http/conversation.h"

/* Read one token by the text of its id, even from a server that has only the
 * list.  NOT_FOUND, and the errors of status_ask(). */
enum tokenstore_error read_tokens_look(struct conversation *conversation,
                                       const char *id,
                                       struct tokenstore_token *token);

/* Is this the token with that id? */
bool read_tokens_has_id(const struct tokenstore_token *token, const char *id);

/* The functions of struct remote_plugin. */
enum tokenstore_error read_tokens_get(const struct remote_server *server,
                                      uint64_t id,
                                      struct tokenstore_token *token,
                                      struct message *message);
enum tokenstore_error read_tokens_list(const struct remote_server *server,
                                       const struct tokenstore_identity *user,
                                       uint64_t after, uint32_t limit,
                                       struct tokenstore_token *tokens,
                                       size_t *count, uint64_t *next,
                                       struct remote_pages *pages,
                                       struct message *message);

#endif
