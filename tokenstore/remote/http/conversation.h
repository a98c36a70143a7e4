/*
 * conversation.h - requests to one server and their responses, through
 * libcurl.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_CONVERSATION_H
#define TOKENSTORE_REMOTE_HTTP_CONVERSATION_H

#include "tokenstore/remote/http/response.h"
#include "tokenstore/remote/interface.h"

/* The largest body of a response, in bytes: to a list, and to all else. */
#define CONVERSATION_LIST_MAX (4u << 20)
#define CONVERSATION_RESPONSE_MAX (64u << 10)

/* NULL: not set. */
struct request {
    const char *method;
    const char *path;    /* with its query */
    const char *body;    /* JSON */
    const char *user;    /* with "bearer": log in by Basic */
    const char *bearer;  /* instead of the token in the server's token file */
    size_t response_max; /* bytes; 0: CONVERSATION_RESPONSE_MAX */
};

struct conversation;

/*
 * Begin: read the token file and the key, if there are any.  All that follows
 * must be over within REMOTE_SECONDS.  The conversation keeps both pointers.
 *   message       describes every error of the functions below
 *   conversation  NULL on an error.  The caller ends it by
 * conversation_close() in the same thread, whose SIGPIPE is blocked until then
 */
enum tokenstore_error conversation_open(const struct remote_server *server,
                                        struct message *message,
                                        struct conversation **conversation);

/* Wipes all secrets; NULL in *conversation is allowed. */
void conversation_close(struct conversation **conversation);

/* Start the time limit again, to undo a change. */
void conversation_extend(struct conversation *conversation);

/*
 * Send a request and receive the complete response, whatever its status.  The
 * response belongs to the conversation and lasts until the next request.
 * Without a response: UNAVAILABLE, PERMISSION, NO_MEMORY, or OUTCOME_UNKNOWN
 * if the method changes something and the request may have arrived.
 */
enum tokenstore_error conversation_ask(struct conversation *conversation,
                                       const struct request *request,
                                       const struct response **response);

/*
 * Reject the last response because "what" in it is wrong.  Returns
 * OUTCOME_UNKNOWN if the request was to change something, else UNAVAILABLE.
 */
enum tokenstore_error conversation_reject(struct conversation *conversation,
                                          const char *what);

/* As given to conversation_open(). */
const struct remote_server *
conversation_server(const struct conversation *conversation);
struct message *conversation_message(const struct conversation *conversation);

/* Percent-encode a value for a query.  NULL without memory; the caller frees
 * it with free(). */
char *conversation_escape(const char *text);

#endif
