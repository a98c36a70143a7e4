/*
 * token.c - the requests about one access token: create, show, modify,
 * revoke, rotate.  Every change goes through commit.c, with rights.c asked in
 * its transaction.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/accesstokend/auth/rights.h"
#include "tools/accesstokend/request/body.h"
#include "tools/accesstokend/request/route.h"
#include "tools/accesstokend/shared/group_commit.h"
#include "tools/common/token_json.h"

static void not_found(struct answer *answer, uint64_t id) {
    answer_error(answer, 404, "no token %" PRIu64, id);
}

static const struct tokenstore_identity *
identity_of(const struct caller *caller) {
    return caller->token != NULL ? tokenstore_token_user(caller->token)
                                 : caller->identity;
}

/* -------------------------------------------------------------------- show */

void handle_show(const struct call *call, struct answer *answer) {
    struct tokenstore_token *token = NULL;
    struct tokenstore *store = NULL;
    enum tokenstore_error error;

    if (!rights_may_list(call->caller)) {
        answer_error(answer, 403, "this token may not look at tokens");
        return;
    }
    error = tokenstore_open(call->shared->store, &store);
    if (error == TOKENSTORE_OK)
        error = tokenstore_get(store, call->id, &token);
    if (error == TOKENSTORE_OK && !rights_may_read(call->caller, token))
        error = TOKENSTORE_ERROR_NOT_FOUND;
    if (error == TOKENSTORE_OK)
        token_json(&answer->body, token);
    else if (error == TOKENSTORE_ERROR_NOT_FOUND)
        not_found(answer, call->id);
    else
        answer_store_error(answer, error,
                           store != NULL ? tokenstore_message(store) : NULL);
    tokenstore_token_free(&token);
    tokenstore_close(&store);
}

/* ------------------------------------------------------------------ changes
 */

/* Make it, if the caller may; false: the answer says why not. */
static bool make_change(const struct call *call,
                        struct tokenstore_change *change,
                        struct answer *answer) {
    /* What takes a token back does not depend on what the limits say. */
    const bool limited = change->kind != TOKENSTORE_CHANGE_REVOKE;
    struct rights rights = {.caller = call->caller,
                            .kind = change->kind,
                            .grace = change->grace > 0};

    if (limited && !shared_limits(call->shared, &rights.limits, answer->why,
                                  sizeof(answer->why))) {
        char why[sizeof(answer->why)];

        memcpy(why, answer->why, sizeof(why));
        answer_error(answer, 503, "%s", why);
        return false;
    }
    change->approve = rights_approve;
    change->argument = &rights;
    if (!group_commit_change(call->shared->group_commit,
                             limited ? &rights.limits.store : NULL, change)) {
        answer_error(answer, 503, "too many changes are waiting");
        answer_header(answer, "Retry-After", "1");
        return false;
    }
    if (change->error == TOKENSTORE_OK)
        return true;
    if (change->error == TOKENSTORE_ERROR_NOT_FOUND)
        not_found(answer, call->id);
    else
        answer_store_error(answer, change->error,
                           rights.why[0] != '\0' ? rights.why
                                                 : change->message);
    return false;
}

static void answer_secret(struct tokenstore_change *change,
                          struct answer *answer) {
    char id[TOKENSTORE_ID_SIZE];

    answer->new_id = tokenstore_token_id(change->token);
    token_json_secret(&answer->body,
                      tokenstore_token_id_text(change->token, id),
                      &change->bearer);
    answer_header(answer, "Cache-Control", "no-store");
}

static void free_change(struct tokenstore_change *change) {
    tokenstore_token_free(&change->token);
    tokenstore_wipe(&change->bearer, sizeof(change->bearer));
}

/* The body, or an answer. */
static bool read_body(const struct call *call, enum body_kind kind,
                      struct body *body, struct answer *answer) {
    struct body_error error;

    if (!route_body_is(call, "application/json", answer)) {
        memset(body, 0, sizeof(*body));
        return false;
    }
    if (body_parse(kind, call->request->body, call->request->body_length,
                   call->request->now, body, &error))
        return true;
    if (error.error != TOKENSTORE_OK)
        answer_store_error(answer, error.error, error.text);
    else
        answer_error(answer, 400, "%s", error.text);
    return false;
}

/* The account that the new token is for, and who issues it. */
static bool set_identities(const struct call *call, struct body *body,
                           struct answer *answer) {
    const struct tokenstore_identity *creator = identity_of(call->caller);
    struct tokenstore_identity *user = NULL;
    enum tokenstore_error error = TOKENSTORE_OK;

    if (body->user != NULL) {
        error =
            tokenstore_identity_resolve(body->user, body->virtual_user, &user);
        /* Whether others exist is not for everybody to find out here. */
        if (error != TOKENSTORE_OK &&
            !rights_may_issue_for_others(call->caller) &&
            error != TOKENSTORE_ERROR_NO_MEMORY)
            error = TOKENSTORE_ERROR_FORBIDDEN;
    } else if (call->caller->token != NULL) {
        answer_error(answer, 400, "user: missing");
        return false;
    }
    if (error == TOKENSTORE_OK)
        error = tokenstore_token_set_user(body->token,
                                          user != NULL ? user : creator);
    if (error == TOKENSTORE_OK)
        error = tokenstore_token_set_creator(body->token, creator);
    tokenstore_identity_free(&user);
    if (error == TOKENSTORE_OK)
        return true;
    if (error == TOKENSTORE_ERROR_FORBIDDEN)
        answer_error(answer, 403,
                     "only an administrator issues tokens for others");
    else
        answer_error(answer,
                     error == TOKENSTORE_ERROR_NSS_UNAVAILABLE     ? 503
                     : error == TOKENSTORE_ERROR_NO_MEMORY         ? 503
                     : error == TOKENSTORE_ERROR_USER_EXISTS       ? 409
                     : error == TOKENSTORE_ERROR_IDENTITY_MISMATCH ? 409
                                                                   : 400,
                     "user: %s", tokenstore_strerror(error));
    return false;
}

/* A token that is not given an end has the one that the limits set. */
static bool set_default_lifetime(const struct call *call, struct body *body,
                                 struct answer *answer) {
    struct limits limits;
    char why[256];

    if ((body->fields & TOKENSTORE_FIELD_EXPIRATION_TIME) != 0)
        return true;
    if (!shared_limits(call->shared, &limits, why, sizeof(why))) {
        answer_error(answer, 503, "%s", why);
        return false;
    }
    return limits.lifetime_default == 0 ||
           tokenstore_token_set_expiration_time(
               body->token, call->request->now + limits.lifetime_default) ==
               TOKENSTORE_OK;
}

void handle_create(const struct call *call, struct answer *answer) {
    struct tokenstore_change change = {.kind = TOKENSTORE_CHANGE_CREATE};
    struct body body;

    if (!rights_may_create(call->caller)) {
        answer_error(answer, 403, "this token may not issue tokens");
        return;
    }
    if (read_body(call, BODY_CREATE, &body, answer) &&
        set_identities(call, &body, answer) &&
        set_default_lifetime(call, &body, answer)) {
        change.values = body.token;
        if (make_change(call, &change, answer))
            answer_secret(&change, answer);
        free_change(&change);
    }
    body_free(&body);
}

void handle_modify(const struct call *call, struct answer *answer) {
    struct tokenstore_change change = {
        .kind = TOKENSTORE_CHANGE_MODIFY,
        .id = call->id,
    };
    struct body body;

    if (!rights_may_modify(call->caller)) {
        answer_error(answer, 403, "this token may not change tokens");
        return;
    }
    if (read_body(call, BODY_MODIFY, &body, answer)) {
        change.fields = body.fields;
        change.values = body.token;
        if (body.fields == 0)
            answer_error(answer, 400, "the body changes nothing");
        else if (make_change(call, &change, answer))
            token_json(&answer->body, change.token);
        free_change(&change);
    }
    body_free(&body);
}

void handle_revoke(const struct call *call, struct answer *answer) {
    struct tokenstore_change change = {
        .kind = TOKENSTORE_CHANGE_REVOKE,
        .id = call->id,
    };

    (void)make_change(call, &change, answer);
    free_change(&change);
}

void handle_rotate(const struct call *call, struct answer *answer) {
    struct tokenstore_change change = {
        .kind = TOKENSTORE_CHANGE_ROTATE,
        .id = call->id,
        .creator = identity_of(call->caller),
    };
    struct body body;

    /* A bearer must not be able to outlive itself. */
    change.keep_expiration = rights_is_itself(call->caller, call->id);
    if (read_body(call, BODY_ROTATE, &body, answer)) {
        change.grace = body.grace;
        if (make_change(call, &change, answer))
            answer_secret(&change, answer);
        free_change(&change);
    }
    body_free(&body);
}
