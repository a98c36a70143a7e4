/*
 * conversation.h - one HTTP conversation inside tokenstore-http.so.  See
 * client.c.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_CONVERSATION_H
#define TOKENSTORE_REMOTE_HTTP_CONVERSATION_H

#include "tokenstore/remote/http/response.h"
#include "tokenstore/remote/interface.h"

/* The largest answers: to a list, and to all else. */
#define CLIENT_LIST_MAX (4u << 20)
#define CLIENT_ANSWER_MAX (64u << 10)

struct request {
    const char *method;
    const char *path;   /* with its query */
    const char *body;   /* JSON, or NULL */
    const char *user;   /* presented instead of the place's own token, with */
    const char *bearer; /* this; both NULL: the place's.  No user: Bearer */
    size_t answer_max;  /* CLIENT_ANSWER_MAX where 0 */
};

struct client;

/*
 * Begin: read the token file, if there is one.  From here on everything has
 * REMOTE_SECONDS together.
 */
enum tokenstore_error client_open(const struct remote_place *place,
                                  struct message *message,
                                  struct client **client);
void client_close(struct client **client);

/* As much time again, to undo what was done. */
void client_restart(struct client *client);

/*
 * Ask, and get a whole answer, of whatever status; it belongs to the client
 * and lasts until the next request.  Where there is none: UNAVAILABLE ...,
 * or OUTCOME_UNKNOWN when the request may have arrived and its method is one
 * that changes something.
 */
enum tokenstore_error client_ask(struct client *client,
                                 const struct request *request,
                                 const struct answer **answer);

/* The error for an answer that is not to be believed: "what" is wrong. */
enum tokenstore_error client_disbelieve(struct client *client,
                                        const char *what);

/* Where the client talks to, and what it writes what is wrong into. */
const struct remote_place *client_place(const struct client *client);
struct message *conversation_message(const struct client *client);

/* A value for a query, percent-encoded; the caller frees it with free(). */
char *client_escape(const char *text);

#endif
