/*
 * body.c - read a JSON body, by one table of members.  Refuses members that
 * are not in the table, and members given twice: a spelling mistake must not
 * result in a token with more rights than the client intended.
 */
#include <config.h>

#include "tools/accesstokend/request/body.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/accesstokend/request/answer.h"

static bool __attribute__((format(printf, 2, 3)))
wrong(struct body_error *error, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return false;
}

static bool refused(struct body_error *error, const char *member,
                    enum tokenstore_error why) {
    error->error = why;
    return wrong(error, "%s: %s", member, tokenstore_strerror(why));
}

/* ------------------------------------------------------------------- users */

static bool is_user_field(const char *name) {
    static const char *const fields[] = {"domain", "auth_id", "uid",
                                         "gid",    "sid",     "name"};

    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        if (strcmp(fields[i], name) == 0)
            return true;
    return false;
}

static bool set_user_field(struct tokenstore_identity *user, const char *name,
                           const json_t *value, struct body_error *error) {
    const bool number = strcmp(name, "uid") == 0 || strcmp(name, "gid") == 0;
    enum tokenstore_error why;
    char digits[24], member[80];

    snprintf(member, sizeof(member), "user.%s", answer_quotable(name));
    if (!is_user_field(name))
        return wrong(error, "unknown member \"%s\"", member);
    if (number && json_is_integer(value))
        snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT,
                 json_integer_value(value));
    else if (number || !json_is_string(value))
        return wrong(error, "%s: not %s", member,
                     number ? "a whole number" : "a string");
    why = tokenstore_identity_set(user, name,
                                  number ? digits : json_string_value(value));
    return why == TOKENSTORE_OK || refused(error, member, why);
}

static bool take_user(const json_t *value, int64_t now, struct body *body,
                      struct body_error *error) {
    enum tokenstore_error why;
    const char *name, *domain;
    json_t *member;

    (void)now;
    if (json_is_string(value)) {
        why = tokenstore_identity_parse(json_string_value(value), &body->user);
        return why == TOKENSTORE_OK || refused(error, "user", why);
    }
    if (!json_is_object(value))
        return wrong(error, "user: neither an object nor a string");
    why = tokenstore_identity_new(&body->user);
    if (why != TOKENSTORE_OK)
        return refused(error, "user", why);
    /* A user without an account has only a name. */
    domain = json_string_value(json_object_get(value, "domain"));
    body->virtual_user =
        domain != NULL && strcmp(domain, "API_NULL_DOMAIN") == 0;
    json_object_foreach((json_t *)(uintptr_t)value, name, member) {
        if (body->virtual_user && strcmp(name, "domain") == 0)
            continue;
        if (!set_user_field(body->user, name, member, error))
            return false;
    }
    return true;
}

/* ----------------------------------------------------------- other members */

static bool take_enabled(const json_t *value, int64_t now, struct body *body,
                         struct body_error *error) {
    (void)now;
    if (!json_is_boolean(value))
        return wrong(error, "enabled: neither true nor false");
    tokenstore_token_set_enabled(body->token, json_is_true(value));
    body->fields |= TOKENSTORE_FIELD_ENABLED;
    return true;
}

/* Over HTTP a time must be in the form of RFC 3339.  Durations are refused,
 * because the client's clock may differ from this one. */
static bool take_expiration_time(const json_t *value, int64_t now,
                                 struct body *body, struct body_error *error) {
    const char *text = json_string_value(value);
    enum tokenstore_error why = TOKENSTORE_OK;
    int64_t time = TOKENSTORE_NEVER;

    if (!json_is_null(value)) {
        if (text == NULL)
            return wrong(error, "expiration_time: neither a string nor null");
        why = strpbrk(text, "Tt") != NULL
                  ? tokenstore_time_parse(text, now, &time)
                  : TOKENSTORE_ERROR_INVALID_TIME;
        /* The library's text names forms that are not allowed here. */
        if (why == TOKENSTORE_ERROR_INVALID_TIME)
            return wrong(error, "expiration_time: not a time such as "
                                "2027-01-31T12:00:00Z, or null");
        if (why == TOKENSTORE_OK && time <= now)
            why = TOKENSTORE_ERROR_TIME_RANGE;
    }
    if (why == TOKENSTORE_OK)
        why = tokenstore_token_set_expiration_time(body->token, time);
    if (why != TOKENSTORE_OK)
        return refused(error, "expiration_time", why);
    body->fields |= TOKENSTORE_FIELD_EXPIRATION_TIME;
    return true;
}

static bool take_name(const json_t *value, int64_t now, struct body *body,
                      struct body_error *error) {
    const char *text = json_is_null(value) ? "" : json_string_value(value);
    enum tokenstore_error why;

    (void)now;
    if (text == NULL)
        return wrong(error, "name: neither a string nor null");
    why = tokenstore_token_set_name(body->token, text);
    if (why != TOKENSTORE_OK)
        return refused(error, "name", why);
    body->fields |= TOKENSTORE_FIELD_NAME;
    return true;
}

static bool take_words(const json_t *value, const char *member,
                       enum tokenstore_error (*add)(struct tokenstore_token *,
                                                    const char *),
                       struct tokenstore_token *token,
                       struct body_error *error) {
    if (!json_is_array(value))
        return wrong(error, "%s: not an array", member);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *word = json_string_value(json_array_get(value, i));
        enum tokenstore_error why;

        if (word == NULL)
            return wrong(error, "%s: not an array of strings", member);
        why = add(token, word);
        if (why != TOKENSTORE_OK)
            return refused(error, member, why);
    }
    return true;
}

static bool take_scopes(const json_t *value, int64_t now, struct body *body,
                        struct body_error *error) {
    (void)now;
    body->fields |= TOKENSTORE_FIELD_SCOPES;
    return take_words(value, "scopes", tokenstore_token_add_scope, body->token,
                      error);
}

static bool take_networks(const json_t *value, int64_t now, struct body *body,
                          struct body_error *error) {
    (void)now;
    body->fields |= TOKENSTORE_FIELD_NETWORKS;
    return take_words(value, "networks", tokenstore_token_add_network,
                      body->token, error);
}

static bool take_grace(const json_t *value, int64_t now, struct body *body,
                       struct body_error *error) {
    const char *text = json_string_value(value);

    (void)now;
    if (json_is_integer(value) && json_integer_value(value) >= 0)
        body->grace = json_integer_value(value);
    else if (text == NULL ||
             tokenstore_duration_parse(text, &body->grace) != TOKENSTORE_OK)
        return wrong(error, "grace: neither seconds nor a duration such as "
                            "\"24h\"");
    return true;
}

/* ----------------------------------------------------------------- the body
 */

static const struct member {
    const char *name;
    unsigned int kinds; /* bits: the bodies that may have it */
    bool (*take)(const json_t *value, int64_t now, struct body *body,
                 struct body_error *error);
} members[] = {
    {"user", 1 << BODY_CREATE, take_user},
    {"enabled", 1 << BODY_CREATE | 1 << BODY_MODIFY, take_enabled},
    {"expiration_time", 1 << BODY_CREATE | 1 << BODY_MODIFY,
     take_expiration_time},
    {"name", 1 << BODY_CREATE | 1 << BODY_MODIFY, take_name},
    {"scopes", 1 << BODY_CREATE | 1 << BODY_MODIFY, take_scopes},
    {"networks", 1 << BODY_CREATE | 1 << BODY_MODIFY, take_networks},
    {"grace", 1 << BODY_ROTATE, take_grace},
};

static bool take_member(enum body_kind kind, const char *name,
                        const json_t *value, int64_t now, struct body *body,
                        struct body_error *error) {
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        if (strcmp(members[i].name, name) == 0 &&
            (members[i].kinds & 1U << kind) != 0)
            return members[i].take(value, now, body, error);
    return wrong(error, "unknown member \"%s\"", answer_quotable(name));
}

/* jansson's text about a key given twice names only the key.  Its other texts
 * quote the body, which may hold a secret. */
static bool not_json(const json_error_t *said, struct body_error *error) {
    if (json_error_code(said) == json_error_duplicate_key &&
        strstr(said->text, TOKENSTORE_BEARER_PREFIX) == NULL)
        return wrong(error, "%s", said->text);
    return wrong(error, "not valid JSON, in line %d, column %d", said->line,
                 said->column);
}

bool body_parse(enum body_kind kind, const char *text, size_t length,
                int64_t now, struct body *body, struct body_error *error) {
    enum tokenstore_error why;
    json_error_t said;
    json_t *root = NULL, *value;
    const char *name;
    bool good = true;

    memset(body, 0, sizeof(*body));
    error->error = TOKENSTORE_OK;
    why = tokenstore_token_new(&body->token);
    if (why != TOKENSTORE_OK)
        return refused(error, "body", why);
    if (length == 0)
        return kind == BODY_ROTATE || wrong(error, "the body is missing");
    root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &said);
    if (root == NULL)
        good = not_json(&said, error);
    else if (!json_is_object(root))
        good = wrong(error, "the body is not an object");
    else
        json_object_foreach(root, name, value) {
            good = take_member(kind, name, value, now, body, error);
            if (!good)
                break;
        }
    json_decref(root);
    return good;
}

void body_free(struct body *body) {
    tokenstore_token_free(&body->token);
    tokenstore_identity_free(&body->user);
}
