/*
 * token_json.c - a token in the form of the REST schema: ids are strings, uid
 * and gid are numbers, and times are RFC 3339 in UTC.  A field that a token
 * does not have is left out, and never made up.  A bearer token in any of them
 * is masked.
 */
#include <config.h>

#include "tools/common/token_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_string(struct json_writer *json, const char *key,
                       const char *text) {
    char *masked;
    uint64_t id;

    if (text == NULL || *text == '\0')
        return;
    json_put_key(json, key);
    if (tokenstore_bearer_id(text, strlen(text), &id) ==
        TOKENSTORE_ERROR_INVALID_BEARER) {
        json_put_string(json, text);
        return;
    }
    /* Somebody gave a token as the name of a token or of a user. */
    masked = strdup(text);
    if (masked == NULL)
        json->failed = true;
    else
        json_put_string(json, tokenstore_mask(masked));
    free(masked);
}

static void put_time(struct json_writer *json, const char *key, int64_t time) {
    char text[TOKENSTORE_TIME_SIZE];

    /* TOKENSTORE_NEVER has no text, so the field is left out. */
    if (tokenstore_time_format(time, text) == TOKENSTORE_OK)
        put_string(json, key, text);
}

void token_json_identity(struct json_writer *json,
                         const struct tokenstore_identity *identity) {
    uint32_t number;

    put_string(json, "domain", tokenstore_identity_domain(identity));
    put_string(json, "auth_id", tokenstore_identity_auth_id(identity));
    if (tokenstore_identity_uid(identity, &number)) {
        json_put_key(json, "uid");
        json_put_number(json, number);
    }
    if (tokenstore_identity_gid(identity, &number)) {
        json_put_key(json, "gid");
        json_put_number(json, number);
    }
    put_string(json, "sid", tokenstore_identity_sid(identity));
    put_string(json, "name", tokenstore_identity_name(identity));
}

static void put_identity(struct json_writer *json, const char *key,
                         const struct tokenstore_identity *identity) {
    if (identity == NULL)
        return;
    json_put_key(json, key);
    json_begin_object(json);
    token_json_identity(json, identity);
    json_end_object(json);
}

static void put_strings(struct json_writer *json, const char *key,
                        const struct tokenstore_token *token, size_t count,
                        const char *(*item)(const struct tokenstore_token *,
                                            size_t)) {
    if (count == 0)
        return;
    json_put_key(json, key);
    json_begin_array(json);
    for (size_t i = 0; i < count; i++)
        json_put_string(json, item(token, i));
    json_end_array(json);
}

/* null: the token was never used; left out: that is not known. */
static void put_last_use(struct json_writer *json,
                         const struct tokenstore_token *token) {
    struct tokenstore_use use;

    if (!tokenstore_token_last_use(token, &use))
        return;
    json_put_key(json, "last_use");
    if (use.time == TOKENSTORE_NEVER) {
        json_put_null(json);
        return;
    }
    json_begin_object(json);
    put_time(json, "time", use.time);
    put_string(json, "service", use.service);
    put_string(json, "address", use.address);
    json_end_object(json);
}

void token_json_id(struct json_writer *json, uint64_t id) {
    char text[21];

    snprintf(text, sizeof(text), "%" PRIu64, id);
    json_put_string(json, text);
}

static void put_id(struct json_writer *json, const char *key, uint64_t id) {
    if (id == 0)
        return;
    json_put_key(json, key);
    token_json_id(json, id);
}

void token_json(struct json_writer *json,
                const struct tokenstore_token *token) {
    char id[TOKENSTORE_ID_SIZE];

    json_begin_object(json);
    json_put_key(json, "id");
    json_put_string(json, tokenstore_token_id_text(token, id));
    put_identity(json, "user", tokenstore_token_user(token));
    put_identity(json, "creator", tokenstore_token_creator(token));
    put_id(json, "issued_by", tokenstore_token_issuer(token));
    put_id(json, "first_issuer", tokenstore_token_first_issuer(token));
    put_time(json, "creation_time", tokenstore_token_creation_time(token));
    put_time(json, "expiration_time", tokenstore_token_expiration_time(token));
    json_put_key(json, "enabled");
    json_put_bool(json, tokenstore_token_enabled(token));
    put_string(json, "name", tokenstore_token_name(token));
    put_strings(json, "scopes", token, tokenstore_token_scope_count(token),
                tokenstore_token_scope);
    put_strings(json, "networks", token, tokenstore_token_network_count(token),
                tokenstore_token_network);
    put_last_use(json, token);
    json_end_object(json);
}

char *token_json_text(const struct tokenstore_token *token) {
    struct json_writer json = {0};
    char *text = NULL;

    token_json(&json, token);
    if (!json.failed)
        text = strndup(json.data, json.length);
    json_free(&json);
    return text;
}

void token_json_secret(struct json_writer *json, const char *id,
                       const struct tokenstore_bearer *bearer) {
    json_begin_object(json);
    json_put_key(json, "id");
    json_put_string(json, id);
    json_put_key(json, "bearer_token");
    json_put_string(json, bearer->text);
    json_end_object(json);
}
