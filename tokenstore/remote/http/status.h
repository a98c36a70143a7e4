/*
 * status.h - HTTP statuses as errors of the library.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_STATUS_H
#define TOKENSTORE_REMOTE_HTTP_STATUS_H

#include "tokenstore/remote/http/conversation.h"

/*
 * conversation_ask() for a response with status 200.  Every other status is an
 * error; the message is the server's description of it, if it gives one.
 */
enum tokenstore_error status_ask(struct conversation *conversation,
                                 const struct request *request,
                                 const struct response **response);

#endif
