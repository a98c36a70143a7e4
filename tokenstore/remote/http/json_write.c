/*
 * json_write.c - the JSON bodies of requests, by jansson.  Pure.
 * Must never write a field that the caller has not set: a server may refuse
 * fields that the first version of the interface does not have.
 */
#include "tokenstore/remote/http/json_write.h"

#include <jansson.h>
#include <stdlib.h>

/* Both put a value into an object; false without memory.  "put" takes over the
 * value, put_text leaves out an empty text. */
static bool put(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value) == 0;
}

static bool put_text(json_t *object, const char *key, const char *text) {
    return text == NULL || text[0] == '\0' ||
           put(object, key, json_string(text));
}

static json_t *write_time(int64_t time) {
    char text[TOKENSTORE_TIME_SIZE];

    return tokenstore_time_format(time, text) == TOKENSTORE_OK
               ? json_string(text)
               : json_null();
}

/* tokenstore_identity_parse() reads an auth_id as a uid, too; on another
 * server the two need not be the same.  So the numbers are left out if the
 * auth_id is all that was given. */
static json_t *write_identity(const struct tokenstore_identity *identity) {
    json_t *object = json_object();
    bool auth_id_alone =
        identity->auth_id[0] != '\0' && identity->name[0] == '\0';
    bool ok =
        object != NULL &&
        put_text(object, "domain", tokenstore_identity_domain(identity)) &&
        put_text(object, "auth_id", identity->auth_id) &&
        put_text(object, "sid", identity->sid) &&
        put_text(object, "name", identity->name);

    if (ok && identity->has_uid && !auth_id_alone)
        ok = put(object, "uid", json_integer(identity->uid));
    if (ok && identity->has_gid && !auth_id_alone)
        ok = put(object, "gid", json_integer(identity->gid));
    if (ok)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *write_set(const struct tokenstore_token *token, size_t count,
                         const char *(*item)(const struct tokenstore_token *,
                                             size_t)) {
    json_t *array = json_array();

    for (size_t i = 0; i < count && array != NULL; i++)
        if (json_array_append_new(array, json_string(item(token, i))) != 0) {
            json_decref(array);
            array = NULL;
        }
    return array;
}

static bool put_scopes(json_t *object, const struct tokenstore_token *token) {
    return put(object, "scopes",
               write_set(token, token->scope_count, tokenstore_token_scope));
}

static bool put_networks(json_t *object,
                         const struct tokenstore_token *token) {
    return put(
        object, "networks",
        write_set(token, token->network_count, tokenstore_token_network));
}

/* The text of an object, which is taken over; NULL if "ok" is false or without
 * memory.  Allocated by malloc(), since the program may have replaced
 * jansson's allocator. */
static char *finish(json_t *object, bool ok) {
    size_t size = ok ? json_dumpb(object, NULL, 0, JSON_COMPACT) : 0;
    char *text = size > 0 ? malloc(size + 1) : NULL;

    if (text != NULL)
        text[json_dumpb(object, text, size, JSON_COMPACT)] = '\0';
    json_decref(object);
    return text;
}

char *json_write_creation(const struct tokenstore_token *wanted) {
    json_t *object = json_object();
    bool ok = object != NULL &&
              put(object, "user", write_identity(&wanted->user)) &&
              put_text(object, "name", wanted->name);

    if (ok && wanted->expiration_chosen)
        ok = put(object, "expiration_time",
                 write_time(wanted->expiration_time));
    if (ok && !wanted->enabled)
        ok = put(object, "enabled", json_false());
    if (ok && wanted->scope_count > 0)
        ok = put_scopes(object, wanted);
    if (ok && wanted->network_count > 0)
        ok = put_networks(object, wanted);
    return finish(object, ok);
}

char *json_write_changes(unsigned int fields,
                         const struct tokenstore_token *values) {
    json_t *object = json_object();
    bool ok = object != NULL;

    if (ok && (fields & TOKENSTORE_FIELD_NAME) != 0)
        ok = put(object, "name", json_string(values->name));
    if (ok && (fields & TOKENSTORE_FIELD_EXPIRATION_TIME) != 0)
        ok = put(object, "expiration_time",
                 write_time(values->expiration_time));
    if (ok && (fields & TOKENSTORE_FIELD_ENABLED) != 0)
        ok = put(object, "enabled", json_boolean(values->enabled));
    if (ok && (fields & TOKENSTORE_FIELD_SCOPES) != 0)
        ok = put_scopes(object, values);
    if (ok && (fields & TOKENSTORE_FIELD_NETWORKS) != 0)
        ok = put_networks(object, values);
    return finish(object, ok);
}

char *json_write_grace(int64_t grace) {
    json_t *object = json_object();

    return finish(object,
                  object != NULL && put(object, "grace", json_integer(grace)));
}
