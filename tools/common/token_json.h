/*
 * token_json.h - an access token in the form of the REST schema, which the
 * tool and the daemon share.
 */
#ifndef TOOLS_COMMON_TOKEN_JSON_H
#define TOOLS_COMMON_TOKEN_JSON_H

#include "tokenstore/tokenstore.h"

#include "tools/common/json_writer.h"

/*
 * Writes {"id":"42","user":{...},...}: every field of the schema that is
 * known, the name, scopes, networks and issuers if the token has any, and
 * last_use.  It never contains a secret.
 */
void token_json(struct json_writer *json,
                const struct tokenstore_token *token);

/* Returns what token_json() writes, as a text that the caller frees; NULL
 * without memory. */
char *token_json_text(const struct tokenstore_token *token);

/* Writes the members of an identity into an object. */
void token_json_identity(struct json_writer *json,
                         const struct tokenstore_identity *identity);

/* Writes {"id":"42","bearer_token":"..."}, the result of create and rotate. */
void token_json_secret(struct json_writer *json, const char *id,
                       const struct tokenstore_bearer *bearer);

/* Writes an id, which in JSON is a string of decimal digits. */
void token_json_id(struct json_writer *json, uint64_t id);

#endif
