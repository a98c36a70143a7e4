/*
 * write_tokens.h - create, modify, revoke and rotate tokens of a server: the
 * functions of struct remote_plugin.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_WRITE_TOKENS_H
#define TOKENSTORE_REMOTE_HTTP_WRITE_TOKENS_H

#include "tokenstore/remote/interface.h"

enum tokenstore_error
write_tokens_create(const struct remote_server *server,
                    const struct tokenstore_token *wanted,
                    struct tokenstore_bearer *bearer,
                    struct tokenstore_token *created, struct message *message);
enum tokenstore_error
write_tokens_modify(const struct remote_server *server, uint64_t id,
                    unsigned int fields, const struct tokenstore_token *values,
                    struct tokenstore_token *modified,
                    struct message *message);
enum tokenstore_error write_tokens_revoke(const struct remote_server *server,
                                          const char *id,
                                          struct message *message);
enum tokenstore_error write_tokens_rotate(const struct remote_server *server,
                                          uint64_t id, int64_t grace,
                                          struct tokenstore_bearer *bearer,
                                          struct tokenstore_token *created,
                                          struct message *message);

#endif
