/*
 * introspect.c - OAuth 2.0 token introspection (RFC 7662).  The caller proves
 * itself with a token that has tokens:introspect.  "active" is true only
 * where TOKENSTORE_OK says so, and nothing is told of any other token.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/accesstokend/auth/rights.h"
#include "tools/accesstokend/request/route.h"
#include "tools/accesstokend/request/scopes.h"
#include "tools/accesstokend/shared/metrics.h"
#include "tools/common/token_json.h"

#define SCOPE "tokens:introspect"

static const char *const keys[] = {"token", "token_type_hint", "client_id",
                                   "client_secret"};

static bool form_is_known(const struct fields *form, struct answer *answer) {
    const size_t key_count = sizeof(keys) / sizeof(*keys);
    const char *token = fields_get(form, "token");
    size_t i, k;

    for (i = 0; i < form->count; i++) {
        for (k = 0; k < key_count; k++)
            if (strcmp(form->items[i].key, keys[k]) == 0)
                break;
        if (k == key_count) {
            answer_error(answer, 400, "unknown parameter \"%s\"",
                         answer_quotable(form->items[i].key));
            return false;
        }
        if (fields_count(form, keys[k]) > 1) {
            answer_error(answer, 400, "parameter \"%s\" is there twice",
                         keys[k]);
            return false;
        }
    }
    if (token == NULL || *token == '\0') {
        answer_error(answer, 400, "token: missing");
        return false;
    }
    return true;
}

/* The header's, or the form's; false: the answer says why. */
static bool find_credentials(const struct call *call,
                             const struct fields *form,
                             struct credentials *credentials,
                             struct answer *answer) {
    const char *secret = fields_get(form, "client_secret");
    const char *id = fields_get(form, "client_id");

    credentials_read(call->request->authorization, credentials);
    /* Dovecot sends both of them empty when it has none. */
    if (secret == NULL || *secret == '\0')
        return true;
    if (call->request->authorization != NULL) {
        answer_error(answer, 400, "credentials in the header and in the body");
        return false;
    }
    credentials->presented = true;
    credentials->token = strdup(secret);
    if (id != NULL && *id != '\0')
        credentials->user = strdup(id);
    return true;
}

/* May the caller ask? */
static bool admit(const struct call *call, const struct fields *form,
                  struct answer *answer) {
    struct tokenstore_token *token = NULL;
    struct credentials credentials;
    bool good;

    if (!find_credentials(call, form, &credentials, answer)) {
        credentials_free(&credentials);
        return false;
    }
    good = caller_verify(call->shared, call->request, &credentials, &token,
                         answer);
    credentials_free(&credentials);
    if (!good)
        return false;
    snprintf(answer->caller, sizeof(answer->caller), "token:%" PRIu64,
             tokenstore_token_id(token));
    good = rights_may_introspect(token);
    tokenstore_token_free(&token);
    if (!good) {
        answer_error(answer, 403, "the caller's token needs the scope " SCOPE);
        answer_header(answer, "WWW-Authenticate",
                      "Bearer realm=\"accesstoken\", "
                      "error=\"insufficient_scope\", scope=\"" SCOPE "\"");
    }
    return good;
}

static void put_string(struct json_writer *json, const char *key,
                       const char *text) {
    json_put_key(json, key);
    json_put_string(json, text);
}

static void describe(const struct tokenstore_token *token,
                     struct answer *answer) {
    const struct tokenstore_identity *user = tokenstore_token_user(token);
    const char *name = tokenstore_identity_name(user);
    const size_t count = tokenstore_token_scope_count(token);
    const int64_t end = tokenstore_token_expiration_time(token);
    char scopes[SCOPES_SIZE];
    struct json_writer *json = &answer->body;
    size_t i;

    put_string(json, "sub", name);
    put_string(json, "username", name);
    put_string(json, "client_id", "accesstoken");
    put_string(json, "token_type", "Bearer");
    json_put_key(json, "jti");
    token_json_id(json, tokenstore_token_id(token));
    json_put_key(json, "iat");
    json_put_number(json, (uint64_t)tokenstore_token_creation_time(token));
    if (end != TOKENSTORE_NEVER) {
        json_put_key(json, "exp");
        json_put_number(json, (uint64_t)end);
    }
    if (count == 0)
        return;
    scopes_join(token, scopes);
    put_string(json, "scope", scopes);
    json_put_key(json, "scopes");
    json_begin_array(json);
    for (i = 0; i < count; i++)
        json_put_string(json, tokenstore_token_scope(token, i));
    json_end_array(json);
}

/* Rules 1 to 4, and no network: who asks is not who presented it. */
static void introspect(const struct call *call, const char *text,
                       struct answer *answer) {
    const struct tokenstore_request asked = {
        .bearer = text,
        .bearer_length = strlen(text),
        .any_scope = true,
        .now = call->request->now,
    };
    enum tokenstore_reason reason = TOKENSTORE_REASON_NONE;
    struct tokenstore_token *token = NULL;
    struct tokenstore *store = shared_store(call->shared);
    enum tokenstore_error error = TOKENSTORE_ERROR_NO_MEMORY;

    if (store != NULL)
        error = tokenstore_verify(store, &asked, &token, &reason);
    metrics_verification(call->shared->metrics, error, reason);
    answer_about(answer, token, text);
    if (error == TOKENSTORE_OK)
        tokenstore_note_use(store, token, "introspection", NULL, asked.now);
    if (error == TOKENSTORE_OK || error == TOKENSTORE_ERROR_REFUSED ||
        error == TOKENSTORE_ERROR_INVALID_BEARER) {
        json_begin_object(&answer->body);
        json_put_key(&answer->body, "active");
        json_put_bool(&answer->body, error == TOKENSTORE_OK);
        if (error == TOKENSTORE_OK)
            describe(token, answer);
        else
            snprintf(answer->why, sizeof(answer->why), "inactive: %s",
                     reason == TOKENSTORE_REASON_NONE
                         ? "not an access token"
                         : tokenstore_reason_name(reason));
        json_end_object(&answer->body);
        answer_header(answer, "Cache-Control", "no-store");
    } else {
        answer_store_error(answer, error,
                           store != NULL ? tokenstore_message(store) : NULL);
    }
    tokenstore_token_free(&token);
}

void handle_introspect(const struct call *call, struct answer *answer) {
    const struct request *request = call->request;
    struct fields form = {.count = 0};
    const char *wrong;

    if (!route_body_is(call, "application/x-www-form-urlencoded", answer))
        return;
    wrong = fields_parse(request->body, request->body_length, &form);
    /* The caller first: what else is wrong is not everybody's business. */
    if (wrong != NULL)
        answer_error(answer, 400, "the body has %s", wrong);
    else if (admit(call, &form, answer) && form_is_known(&form, answer))
        introspect(call, fields_get(&form, "token"), answer);
    fields_free(&form);
}
