/*
 * messages.h - the JSON that goes to and comes from a server, inside
 * tokenstore-http.so.  See messages.c.
 */
#ifndef TOKENSTORE_REMOTE_MESSAGES_H
#define TOKENSTORE_REMOTE_MESSAGES_H

#include "client.h"
#include "token.h"

/*
 * Each of these reads the body of a 200, and returns NULL, or what is wrong
 * with it, a static text.
 */
const char *message_read_token(const struct answer *answer,
                               struct tokenstore_token *token);
const char *message_read_secret(const struct answer *answer, uint64_t *id,
                                struct tokenstore_bearer *bearer);
const char *message_read_identity(const struct answer *answer,
                                  struct tokenstore_identity *identity);
const char *message_read_list(const struct answer *answer,
                              struct tokenstore_token *tokens, size_t room,
                              size_t *count, uint64_t after, uint64_t *next);

#define MESSAGE_TEXT_SIZE 385

/* What the server says of an error, if it says it in the form agreed upon and
 * it may stand in a line of text; else "". */
void message_read_error(const struct answer *answer,
                        char text[MESSAGE_TEXT_SIZE]);

/* A decimal number without sign or leading zero, 1 or more. */
bool message_parse_id(const char *text, uint64_t *id);

/* Bodies; NULL without memory.  The caller frees them with free(). */
char *message_write_creation(const struct tokenstore_token *wanted);
char *message_write_changes(unsigned int fields,
                            const struct tokenstore_token *values);
char *message_write_grace(int64_t grace);

#endif
