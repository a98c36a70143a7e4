/*
 * json_read.h - the JSON of a server's responses, as tokens, identities,
 * secrets and texts of errors.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_JSON_READ_H
#define TOKENSTORE_REMOTE_HTTP_JSON_READ_H

#include "tokenstore/remote/http/response.h"
#include "tokenstore/remote/interface.h"

/* What a list says about its next page. */
struct json_paging {
    char next[REMOTE_NEXT_SIZE]; /* its URI; "": this is the last page */
    bool has_key;                /* is there a text in "after"? */
    uint64_t key;                /* the number in it; 0: not a number */
};

/*
 * Each of these reads the body of a response with status 200.  Returns NULL,
 * or what is wrong with it, a static text; the outputs may then hold anything.
 *   room   for so many tokens; more entries are an error
 *   count  of the tokens read
 */
const char *json_read_token(const struct response *response,
                            struct tokenstore_token *token);
const char *json_read_secret(const struct response *response,
                             char id[TOKENSTORE_ID_SIZE],
                             struct tokenstore_bearer *bearer);
const char *json_read_identity(const struct response *response,
                               struct tokenstore_identity *identity);
const char *json_read_list(const struct response *response,
                           struct tokenstore_token *tokens, size_t room,
                           size_t *count, struct json_paging *paging);

/* Room for the text of an error, and its NUL. */
#define JSON_ERROR_SIZE 385

/* The server's description of an error; "" if there is none in the agreed
 * form, or if it is too long or not printable. */
void json_read_error(const struct response *response,
                     char text[JSON_ERROR_SIZE]);

/* Parse a decimal number without sign or leading zero, 1 or more.  False if
 * the text is anything else or does not fit; *id may then hold anything. */
bool json_parse_id(const char *text, uint64_t *id);

/* Set a token's id from the text that json_read_secret() returned: a number,
 * or the word that another server uses. */
void json_set_id(struct tokenstore_token *token, const char *text);

#endif
