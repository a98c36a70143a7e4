/*
 * messages.h - the JSON that goes to and comes from a server, inside
 * tokenstore-http.so.  See messages.c.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_MESSAGES_H
#define TOKENSTORE_REMOTE_HTTP_MESSAGES_H

#include "tokenstore/remote/http/conversation.h"
#include "tokenstore/values/token.h"

/* What a list says of the next page. */
struct message_paging {
    char next[REMOTE_NEXT_SIZE]; /* "": there is none */
    bool has_key;                /* and it is this number, or 0: some word */
    uint64_t key;
};

/*
 * Each of these reads the body of a 200, and returns NULL, or what is wrong
 * with it, a static text.
 */
const char *message_read_token(const struct answer *answer,
                               struct tokenstore_token *token);
const char *message_read_secret(const struct answer *answer,
                                char id[TOKENSTORE_ID_SIZE],
                                struct tokenstore_bearer *bearer);
const char *message_read_identity(const struct answer *answer,
                                  struct tokenstore_identity *identity);
const char *message_read_list(const struct answer *answer,
                              struct tokenstore_token *tokens, size_t room,
                              size_t *count, struct message_paging *paging);

#define MESSAGE_TEXT_SIZE 385

/* What the server says of an error, if it says it in the form agreed upon and
 * it may stand in a line of text; else "". */
void message_read_error(const struct answer *answer,
                        char text[MESSAGE_TEXT_SIZE]);

/* A decimal number without sign or leading zero, 1 or more. */
bool message_parse_id(const char *text, uint64_t *id);

/* Such a number, or another server's id, which message_read_... returned. */
void message_set_id(struct tokenstore_token *token, const char *text);

/* Bodies; NULL without memory.  The caller frees them with free(). */
char *message_write_creation(const struct tokenstore_token *wanted);
char *message_write_changes(unsigned int fields,
                            const struct tokenstore_token *values);
char *message_write_grace(int64_t grace);

#endif
