/*
 * json_write.h - the JSON bodies of requests to a server.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_JSON_WRITE_H
#define TOKENSTORE_REMOTE_HTTP_JSON_WRITE_H

#include "tokenstore/values/token.h"

/*
 * The bodies of create, modify and rotate.  NULL without memory; the caller
 * frees them with free().
 *   fields  which of the values to write, TOKENSTORE_FIELD_...
 *   grace   in seconds
 */
char *json_write_creation(const struct tokenstore_token *wanted);
char *json_write_changes(unsigned int fields,
                         const struct tokenstore_token *values);
char *json_write_grace(int64_t grace);

#endif
