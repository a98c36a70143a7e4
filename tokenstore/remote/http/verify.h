/*
 * verify.h - ask a server whether a bearer token may be used.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_VERIFY_H
#define TOKENSTORE_REMOTE_HTTP_VERIFY_H

#include "tokenstore/remote/interface.h"

/* The function of struct remote_plugin. */
enum tokenstore_error verify_bearer(const struct remote_server *server,
                                    const struct remote_question *question,
                                    struct tokenstore_token *token,
                                    enum tokenstore_reason *reason,
                                    struct message *message);

#endif
