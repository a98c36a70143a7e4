/*
 * status.c - routes about the daemon and the caller: who-am-i, healthz.
 */
#include <config.h>

#include "tools/accesstokend/routes/status.h"

#include "tools/common/token_json.h"

void handle_who_am_i(const struct call *call, struct answer *answer) {
    const struct tokenstore_token *token = call->caller->token;
    const struct tokenstore_identity *user = caller_user(call->caller);
    const char *id = tokenstore_identity_auth_id(user);
    struct json_writer *json = &answer->body;

    json_begin_object(json);
    /* Qumulo's clients read the auth_id here. */
    if (id != NULL) {
        json_put_key(json, "id");
        json_put_string(json, id);
    }
    token_json_identity(json, user);
    if (token != NULL) {
        json_put_key(json, "access_token_id");
        token_json_id(json, tokenstore_token_id(token));
    }
    json_end_object(json);
}

void handle_health(const struct call *call, struct answer *answer) {
    struct tokenstore_token *token = NULL;
    struct tokenstore *store = NULL;
    enum tokenstore_error error = tokenstore_open(call->shared->store, &store);

    if (error == TOKENSTORE_OK)
        error = tokenstore_get(store, 1, &token);
    if (error != TOKENSTORE_OK && error != TOKENSTORE_ERROR_NOT_FOUND)
        answer_store_error(answer, error,
                           store != NULL ? tokenstore_message(store) : NULL);
    tokenstore_token_free(&token);
    tokenstore_close(&store);
}
