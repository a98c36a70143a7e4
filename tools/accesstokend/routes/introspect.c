/*
 * introspect.c - OAuth 2.0 token introspection (RFC 7662).  The client proves
 * itself with a token that has tokens:introspect.  "active" is true only after
 * TOKENSTORE_OK; about any other token the answer says nothing else.
 */
#include <config.h>

#include "tools/accesstokend/routes/introspect.h"

#include <stdio.h>
#include <string.h>

#include "tools/accesstokend/auth/rights.h"
#include "tools/accesstokend/request/scopes.h"
#include "tools/accesstokend/shared/metrics.h"
#include "tools/common/token_json.h"

#define SCOPE "tokens:introspect"

static bool form_is_known(const struct fields *form, struct answer *answer) {
    static const char *const keys[] = {"token", "token_type_hint", "client_id",
                                       "client_secret"};
    const char *token = fields_get(form, "token");

    if (!call_fields_are_known(form, keys, sizeof(keys) / sizeof(*keys),
                               answer))
        return false;
    if (token == NULL || *token == '\0') {
        answer_error(answer, 400, "token: missing");
        return false;
    }
    return true;
}

/* Takes the client's credentials from the header or from the form.  Returns
 * false if they are in both; the answer is then written. */
static bool find_credentials(const struct call *call,
                             const struct fields *form,
                             struct credentials *credentials,
                             struct answer *answer) {
    const char *authorization = call->request->authorization;
    const char *secret = fields_get(form, "client_secret");

    /* Dovecot sends empty fields if it has no credentials. */
    if (secret == NULL || *secret == '\0') {
        credentials_read(authorization, credentials);
        return true;
    }
    if (authorization != NULL) {
        answer_error(answer, 400, "credentials in the header and in the body");
        return false;
    }
    credentials_set(credentials, secret, fields_get(form, "client_id"));
    return true;
}

static void challenge_scope(struct answer *answer) {
    answer_error(answer, 403, "the caller's token needs the scope " SCOPE);
    answer_header(answer, "WWW-Authenticate",
                  "Bearer realm=\"accesstoken\", "
                  "error=\"insufficient_scope\", scope=\"" SCOPE "\"");
}

/* Returns true if the client may introspect; else the answer is written. */
static bool admit(const struct call *call, const struct fields *form,
                  struct answer *answer) {
    struct tokenstore_token *token = NULL;
    struct credentials credentials;
    bool good;

    if (!find_credentials(call, form, &credentials, answer))
        return false;
    good = caller_verify(call->shared, call->request, &credentials, &token,
                         answer);
    credentials_free(&credentials);
    if (!good)
        return false;
    answer_caller(answer, "token", tokenstore_token_id(token));
    good = rights_may_introspect(token);
    tokenstore_token_free(&token);
    if (!good)
        challenge_scope(answer);
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
    for (size_t i = 0; i < count; i++)
        json_put_string(json, tokenstore_token_scope(token, i));
    json_end_array(json);
}

/* Applies rules 1 to 4 of the policy.  Not the networks: the address of the
 * program that presented the token is not known here. */
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
                     answer_refusal(reason));
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

    if (!call_body_is(call, "application/x-www-form-urlencoded", answer))
        return;
    wrong = fields_parse(request->body, request->body_length, &form);
    /* The client first: nobody else may learn what is wrong with a form. */
    if (wrong != NULL)
        answer_error(answer, 400, "the body has %s", wrong);
    else if (admit(call, &form, answer) && form_is_known(&form, answer))
        introspect(call, fields_get(&form, "token"), answer);
    fields_free(&form);
}
