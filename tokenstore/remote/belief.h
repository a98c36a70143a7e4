/*
 * belief.h - what a server is asked about a bearer token, and which responses
 * are believed: the same on every way to a server.
 */
#ifndef TOKENSTORE_REMOTE_BELIEF_H
#define TOKENSTORE_REMOTE_BELIEF_H

#include "tokenstore/remote/head.h"
#include "tokenstore/remote/interface.h"

/* Room for the target of every question that a server answers, and its NUL. */
#define BELIEF_TARGET_SIZE 8192

/* Write path and query of the request.  False if they do not fit: the scopes
 * are more or longer than those of a token can be. */
bool belief_write_target(const struct remote_question *question,
                         char target[BELIEF_TARGET_SIZE]);

/*
 * Judge a complete response.  Exactly one form is a yes: status 200 without
 * content, with one header that names the token presented and one that names
 * its user.  The caller compares that user with the one asked about.
 *   uri     of the server, for the message
 *   token   is filled in on OK: id, user's name and scopes
 *   reason  is set on REFUSED
 * UNAVAILABLE for every response that is neither a yes nor a no.
 */
enum tokenstore_error
belief_judge(const struct head *head, const struct remote_question *question,
             const char *uri, struct tokenstore_token *token,
             enum tokenstore_reason *reason, struct message *message);

/* A way to a server: send the question once, and judge the response. */
typedef enum tokenstore_error
belief_way(void *argument, const struct remote_question *question,
           struct tokenstore_token *token, enum tokenstore_reason *reason);

/* Ask; and, if the question wants it, ask a second time to find out whether a
 * refused token is another user's. */
enum tokenstore_error belief_ask(belief_way *way, void *argument,
                                 const struct remote_question *question,
                                 struct tokenstore_token *token,
                                 enum tokenstore_reason *reason);

#endif
