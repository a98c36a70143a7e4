/*
 * json_read.c - the JSON of responses, by jansson.  Pure.
 * Each field is checked, and nothing gets into a token that the setters of the
 * library would not accept: printable text, times, ids.  Unknown fields are
 * ignored.
 */
#include "tokenstore/remote/http/json_read.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tokenstore/values/number.h"
#include "tokenstore/values/text.h"

bool json_parse_id(const char *text, uint64_t *id) {
    return number_parse(text, UINT64_MAX, id) && *id != 0;
}

static bool is_json(const struct response *response) {
    const struct header *type = &response->head.headers[HEADER_CONTENT_TYPE];
    static const char json[] = "application/json";
    const size_t length = sizeof(json) - 1;

    return type->count == 1 && strncasecmp(type->text, json, length) == 0 &&
           strchr("; ", type->text[length]) != NULL;
}

/* Parse the body as an object; NULL on an error, with *problem set.  jansson
 * refuses a NUL in a text and, as asked, a key that occurs twice. */
static json_t *read_object(const struct response *response,
                           const char **problem) {
    json_t *object;

    *problem = NULL;
    if (!is_json(response))
        *problem = "Content-Type is not application/json";
    else if (response->head.length == 0)
        *problem = "no content";
    if (*problem != NULL)
        return NULL;
    object = json_loadb(response->body, response->head.length,
                        JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        return object;
    json_decref(object);
    *problem = "not a JSON object";
    return NULL;
}

/* Read a text.  An absent field and null are ""; false for anything else that
 * is not a printable text of less than "size" bytes. */
static bool read_text(const json_t *object, const char *key, char *text,
                      size_t size) {
    const json_t *value = json_object_get(object, key);
    size_t length = json_string_length(value);

    text[0] = '\0';
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_string(value) || length >= size ||
        !text_is_printable(json_string_value(value), length))
        return false;
    memcpy(text, json_string_value(value), length + 1);
    return true;
}

/* Read an id: only characters that are safe in a path and in a line of text,
 * and no dot at the beginning, because ".." leads upwards in a path. */
static bool read_id(const json_t *object, char id[TOKENSTORE_ID_SIZE]) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "0123456789._:-";

    return read_text(object, "id", id, TOKENSTORE_ID_SIZE) && id[0] != '\0' &&
           id[0] != '.' && id[strspn(id, allowed)] == '\0';
}

void json_set_id(struct tokenstore_token *token, const char *text) {
    token->id = 0;
    if (!json_parse_id(text, &token->id))
        strcpy(token->foreign_id, text);
}

/* Read an RFC 3339 time.  Absent, null and "" are TOKENSTORE_NEVER: "never",
 * or "not known". */
static bool read_time(const json_t *object, const char *key, int64_t *time) {
    char text[64];

    if (!read_text(object, key, text, sizeof(text)))
        return false;
    *time = TOKENSTORE_NEVER;
    if (text[0] == '\0')
        return true;
    /* tokenstore_time_parse() also reads dates and durations: refuse them. */
    return strlen(text) > 19 && strchr("Tt", text[10]) != NULL &&
           tokenstore_time_parse(text, 0, time) == TOKENSTORE_OK;
}

/* Read a uid or gid; *has: is there one? */
static bool read_number(const json_t *object, const char *key, bool *has,
                        uint32_t *number) {
    const json_t *value = json_object_get(object, key);
    json_int_t integer = json_integer_value(value);

    *has = json_is_integer(value);
    if (value == NULL || json_is_null(value))
        return true;
    if (!*has || integer < 0 || integer >= UINT32_MAX)
        return false;
    *number = (uint32_t)integer;
    return true;
}

/* Read an identity without comparing its fields: on other servers neither the
 * auth_id nor the sid has to agree with the uid. */
static bool read_identity(const json_t *object,
                          struct tokenstore_identity *identity) {
    char domain[32];
    enum tokenstore_error error;

    memset(identity, 0, sizeof(*identity));
    if (!json_is_object(object) ||
        !read_text(object, "domain", domain, sizeof(domain)) ||
        !read_text(object, "auth_id", identity->auth_id,
                   sizeof(identity->auth_id)) ||
        !read_text(object, "sid", identity->sid, sizeof(identity->sid)) ||
        !read_text(object, "name", identity->name, sizeof(identity->name)) ||
        !read_number(object, "uid", &identity->has_uid, &identity->uid) ||
        !read_number(object, "gid", &identity->has_gid, &identity->gid))
        return false;
    if (domain[0] == '\0')
        return true;
    /* A creator may belong to a domain without users. */
    error = tokenstore_identity_set(identity, "domain", domain);
    return error == TOKENSTORE_OK || error == TOKENSTORE_ERROR_NOT_A_USER;
}

/* Read an array of texts, and give each to the token with "add". */
static bool read_set(const json_t *object, const char *key,
                     struct tokenstore_token *token,
                     enum tokenstore_error (*add)(struct tokenstore_token *,
                                                  const char *)) {
    const json_t *array = json_object_get(object, key);

    if (array == NULL || json_is_null(array))
        return true;
    if (!json_is_array(array))
        return false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *text = json_string_value(json_array_get(array, i));

        if (text == NULL || add(token, text) != TOKENSTORE_OK)
            return false;
    }
    return true;
}

/* null means that the token was never used; an absent field that the server
 * does not know. */
static bool read_last_use(const json_t *entry,
                          struct tokenstore_token *token) {
    const json_t *object = json_object_get(entry, "last_use");
    struct tokenstore_use *use = &token->use;

    if (object == NULL)
        return true;
    token_set_unused(token);
    if (json_is_null(object))
        return true;
    return json_is_object(object) && read_time(object, "time", &use->time) &&
           use->time != TOKENSTORE_NEVER &&
           read_text(object, "service", use->service, sizeof(use->service)) &&
           read_text(object, "address", use->address, sizeof(use->address));
}

/* Read the ids of the issuers, of which a token has both or none. */
static bool read_issuers(const json_t *entry, struct tokenstore_token *token) {
    char issuer[TOKENSTORE_ID_SIZE], first[TOKENSTORE_ID_SIZE];

    if (token->id == 0) /* another server's id, which has no order */
        return true;
    if (!read_text(entry, "issued_by", issuer, sizeof(issuer)) ||
        !read_text(entry, "first_issuer", first, sizeof(first)))
        return false;
    if (issuer[0] != '\0' && !json_parse_id(issuer, &token->issuer))
        return false;
    if (first[0] != '\0' && !json_parse_id(first, &token->first_issuer))
        return false;
    return token_issuers_valid(token->id, token->issuer, token->first_issuer);
}

/* Read one token.  Returns NULL, or the name of the first wrong field. */
static const char *read_entry(const json_t *entry,
                              struct tokenstore_token *token) {
    const json_t *creator = json_object_get(entry, "creator");
    const json_t *enabled = json_object_get(entry, "enabled");
    char id[TOKENSTORE_ID_SIZE];

    memset(token, 0, sizeof(*token));
    if (!json_is_object(entry))
        return "an entry is not an object";
    if (!read_id(entry, id))
        return "id is neither a number as text nor a word";
    json_set_id(token, id);
    if (!read_identity(json_object_get(entry, "user"), &token->user) ||
        !identity_is_set(&token->user))
        return "user";
    if (creator != NULL && !json_is_null(creator) &&
        !read_identity(creator, &token->creator))
        return "creator";
    if (!read_issuers(entry, token))
        return "issued_by";
    if (!read_time(entry, "creation_time", &token->creation_time))
        return "creation_time";
    if (!read_time(entry, "expiration_time", &token->expiration_time))
        return "expiration_time";
    if (!json_is_boolean(enabled))
        return "enabled";
    token->enabled = json_is_true(enabled);
    if (!read_text(entry, "name", token->name, sizeof(token->name)))
        return "name";
    if (!read_set(entry, "scopes", token, tokenstore_token_add_scope))
        return "scopes";
    if (!read_set(entry, "networks", token, tokenstore_token_add_network))
        return "networks";
    if (!read_last_use(entry, token))
        return "last_use";
    return NULL;
}

const char *json_read_token(const struct response *response,
                            struct tokenstore_token *token) {
    const char *problem;
    json_t *object = read_object(response, &problem);

    if (object != NULL)
        problem = read_entry(object, token);
    json_decref(object);
    return problem;
}

const char *json_read_identity(const struct response *response,
                               struct tokenstore_identity *identity) {
    const char *problem;
    json_t *object = read_object(response, &problem);

    if (object != NULL &&
        (!read_identity(object, identity) || !identity_is_set(identity)))
        problem = "no identity";
    json_decref(object);
    return problem;
}

/* Read a bearer token.  One in the form of accesstoken must contain the id;
 * another server's may be any printable word. */
static const char *read_bearer(const json_t *value, const char *id,
                               struct tokenstore_bearer *bearer) {
    const char *text = json_string_value(value);
    const size_t length = json_string_length(value);
    uint64_t own_id, number;

    if (text == NULL || length == 0 || length > TOKENSTORE_BEARER_MAX)
        return "bearer_token";
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return "bearer_token";
    if (strncmp(text, TOKENSTORE_BEARER_PREFIX,
                strlen(TOKENSTORE_BEARER_PREFIX)) == 0 &&
        (tokenstore_bearer_id(text, length, &own_id) != TOKENSTORE_OK ||
         !json_parse_id(id, &number) || own_id != number))
        return "the bearer_token contains another id";
    memset(bearer, 0, sizeof(*bearer));
    memcpy(bearer->text, text, length);
    return NULL;
}

const char *json_read_secret(const struct response *response,
                             char id[TOKENSTORE_ID_SIZE],
                             struct tokenstore_bearer *bearer) {
    const char *problem;
    json_t *object = read_object(response, &problem);
    json_t *value = json_object_get(object, "bearer_token");

    if (object != NULL)
        problem = read_id(object, id)
                      ? read_bearer(value, id, bearer)
                      : "id is neither a number as text nor a word";
    /* Wipe jansson's copy of the secret. */
    if (json_is_string(value))
        tokenstore_wipe((char *)(uintptr_t)json_string_value(value),
                        json_string_length(value));
    json_decref(object);
    return problem;
}

static const char *read_paging(const json_t *object,
                               struct json_paging *paging) {
    const json_t *key = json_object_get(object, "after");

    if (!read_text(object, "next", paging->next, sizeof(paging->next)))
        return "paging.next leads nowhere";
    paging->has_key = json_is_string(key);
    paging->key = 0;
    if (paging->has_key &&
        !json_parse_id(json_string_value(key), &paging->key))
        paging->key = 0;
    return NULL;
}

static const char *read_entries(const json_t *entries,
                                struct tokenstore_token *tokens, size_t room,
                                size_t *count) {
    const char *problem = NULL;

    *count = json_array_size(entries);
    if (!json_is_array(entries))
        return "entries is not an array";
    if (*count > room)
        return "more entries than were asked for";
    for (size_t i = 0; i < *count && problem == NULL; i++)
        problem = read_entry(json_array_get(entries, i), &tokens[i]);
    return problem;
}

const char *json_read_list(const struct response *response,
                           struct tokenstore_token *tokens, size_t room,
                           size_t *count, struct json_paging *paging) {
    const char *problem;
    json_t *object = read_object(response, &problem);

    if (object != NULL)
        problem = read_entries(json_object_get(object, "entries"), tokens,
                               room, count);
    if (object != NULL && problem == NULL)
        problem = read_paging(json_object_get(object, "paging"), paging);
    json_decref(object);
    return problem;
}

void json_read_error(const struct response *response,
                     char text[JSON_ERROR_SIZE]) {
    const char *problem;
    json_t *object = read_object(response, &problem);

    text[0] = '\0';
    if (object != NULL &&
        !read_text(object, "description", text, JSON_ERROR_SIZE))
        text[0] = '\0';
    json_decref(object);
}
