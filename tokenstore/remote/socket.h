/*
 * socket.h - ask accesstokend about a bearer token through its Unix socket.
 */
#ifndef TOKENSTORE_REMOTE_SOCKET_H
#define TOKENSTORE_REMOTE_SOCKET_H

#include "tokenstore/remote/interface.h"

/*
 * The same as the function "verify" of struct remote_plugin, for a server with
 * a socket.  Loads nothing and keeps nothing; any thread, and any child after
 * fork, may call it.
 */
enum tokenstore_error socket_verify(const struct remote_server *server,
                                    const struct remote_question *question,
                                    struct tokenstore_token *token,
                                    enum tokenstore_reason *reason,
                                    struct message *message);

#endif
