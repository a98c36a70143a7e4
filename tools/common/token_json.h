/*
 * token_json.h - an access token as the entry of the REST schema.
 * One form for the admin tool and every other front; never a secret in it.
 */
#ifndef TOOLS_COMMON_TOKEN_JSON_H
#define TOOLS_COMMON_TOKEN_JSON_H

#include "tokenstore/tokenstore.h"

#include "tools/common/json_writer.h"

/*
 * Write {"id":"42","user":{...},...}: every field of the schema that is
 * known, name, scopes and networks where the token has any, and last_use.
 */
void token_json(struct json_writer *json,
                const struct tokenstore_token *token);

/* The members of an identity, inside an object. */
void token_json_identity(struct json_writer *json,
                         const struct tokenstore_identity *identity);

/* Write {"id":"42","bearer_token":"..."}: what create and rotate answer. */
void token_json_secret(struct json_writer *json, const char *id,
                       const struct tokenstore_bearer *bearer);

/* Write a number as the decimal string that ids are in JSON. */
void token_json_id(struct json_writer *json, uint64_t id);

#endif
