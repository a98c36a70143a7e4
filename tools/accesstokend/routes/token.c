/*
 * token.c - the requests about one access token: create, show, modify, revoke,
 * rotate.  Every change goes through the group commit, which asks
 * rights_approve() inside its transaction.
 */
#include <config.h>

#include "tools/accesstokend/routes/token.h"

#include <inttypes.h>
#include <string.h>

#include "tools/accesstokend/auth/rights.h"
#include "tools/accesstokend/request/body.h"
#include "tools/accesstokend/routes/audit.h"
#include "tools/accesstokend/routes/creations.h"
#include "tools/accesstokend/shared/group_commit.h"
#include "tools/common/token_json.h"

static void not_found(struct answer *answer, uint64_t id) {
    answer_error(answer, 404, "no token %" PRIu64, id);
}

/* -------------------------------------------------------------------- show */

/* Answers with the token, if the rights have it. */
static void answer_token(const struct call *call, tokenstore_approve *approve,
                         struct rights *rights, struct answer *answer) {
    struct tokenstore_token *token = NULL;
    struct tokenstore *store = NULL;
    enum tokenstore_error error = tokenstore_open(call->shared->store, &store);

    if (error == TOKENSTORE_OK)
        error = tokenstore_get(store, call->id, &token);
    if (error == TOKENSTORE_OK)
        error = approve(token, token, rights);
    if (error == TOKENSTORE_OK)
        token_json(&answer->body, token);
    else if (error == TOKENSTORE_ERROR_NOT_FOUND)
        not_found(answer, call->id);
    else
        answer_store_error(answer, error,
                           rights->why[0] != '\0' ? rights->why
                           : store != NULL        ? tokenstore_message(store)
                                                  : NULL);
    tokenstore_token_free(&token);
    tokenstore_close(&store);
}

static enum tokenstore_error
approve_reading(const struct tokenstore_token *token,
                const struct tokenstore_token *same, void *argument) {
    const struct rights *rights = argument;

    (void)same;
    return rights_may_read(rights->caller, token) ? TOKENSTORE_OK
                                                  : TOKENSTORE_ERROR_NOT_FOUND;
}

void handle_show(const struct call *call, struct answer *answer) {
    struct rights rights = {.caller = call->caller};

    if (rights_may_list(call->caller))
        answer_token(call, approve_reading, &rights, answer);
    else
        answer_error(answer, 403, "this token may not look at tokens");
}

/* ------------------------------------------------------------------ changes
 */

/* Returns false if the limits are not known; the answer is then written. */
static bool read_limits(const struct call *call, struct limits *limits,
                        struct answer *answer) {
    char why[SHARED_MESSAGE_SIZE];

    if (shared_limits(call->shared, limits, why))
        return true;
    answer_error(answer, 503, "%s", why);
    return false;
}

/* Makes the change, if the caller may; returns false if it was not made, with
 * the answer written. */
static bool commit(const struct call *call, struct tokenstore_change *change,
                   struct rights *rights, struct answer *answer) {
    const bool limited = change->kind != TOKENSTORE_CHANGE_REVOKE;

    change->approve = rights_approve;
    change->argument = rights;
    if (call->caller->token != NULL)
        change->caller_token = tokenstore_token_id(call->caller->token);
    if (!group_commit_change(call->shared->group_commit,
                             limited ? &rights->limits.store : NULL, change)) {
        answer_retry(answer, 503, "too many changes are waiting");
        return false;
    }
    if (change->error == TOKENSTORE_OK)
        return true;
    if (change->error == TOKENSTORE_ERROR_NOT_FOUND)
        not_found(answer, call->id);
    else if (change->error == TOKENSTORE_ERROR_FORBIDDEN &&
             rights->why[0] == '\0') /* revoked since it was verified */
        caller_challenge(answer, &(struct credentials){.presented = true});
    else
        answer_store_error(answer, change->error,
                           rights->why[0] != '\0' ? rights->why
                                                  : change->message);
    return false;
}

/* The same within the limits.  A revocation is possible even if limits.conf
 * cannot be read. */
static bool make_change(const struct call *call,
                        struct tokenstore_change *change,
                        struct answer *answer) {
    const bool issues = change->kind == TOKENSTORE_CHANGE_CREATE ||
                        change->kind == TOKENSTORE_CHANGE_ROTATE;
    struct rights rights = {.caller = call->caller,
                            .kind = change->kind,
                            .grace = change->grace > 0};
    bool made;

    if (change->kind != TOKENSTORE_CHANGE_REVOKE &&
        !read_limits(call, &rights.limits, answer))
        return false;
    if (issues && !creations_take(call, &rights.limits, answer))
        return false;
    made = commit(call, change, &rights, answer);
    audit_change(call, change, answer);
    if (issues && !made)
        creations_give_back(call, &rights.limits);
    return made;
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

/* Returns false if the body is not good; the answer is then written.  Free the
 * body in any case. */
static bool read_body(const struct call *call, enum body_kind kind,
                      struct body *body, struct answer *answer) {
    struct body_error error;

    if (!call_body_is(call, "application/json", answer)) {
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

/* Sets the user that the new token is for, and its creator. */
static bool set_identities(const struct call *call, struct body *body,
                           struct answer *answer) {
    const struct tokenstore_identity *creator = caller_user(call->caller);
    struct tokenstore_identity *user = NULL;
    enum tokenstore_error error = TOKENSTORE_OK;

    if (body->user != NULL) {
        error =
            tokenstore_identity_resolve(body->user, body->virtual_user, &user);
        /* The answer must not reveal which users exist. */
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
                     "only an administrator may issue tokens for others");
    else
        answer_error(answer, answer_status(error), "user: %s",
                     tokenstore_strerror(error));
    return false;
}

/* Gives a token for which no end was asked the end that limits.conf sets. */
static bool set_default_lifetime(const struct call *call, struct body *body,
                                 struct answer *answer) {
    struct limits limits;

    if ((body->fields & TOKENSTORE_FIELD_EXPIRATION_TIME) != 0)
        return true;
    if (!read_limits(call, &limits, answer))
        return false;
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

/* The answer to a change without members: the token, if the caller may change
 * it. */
static void change_nothing(const struct call *call, struct answer *answer) {
    struct rights rights = {
        .caller = call->caller,
        .kind = TOKENSTORE_CHANGE_MODIFY,
    };

    answer_token(call, rights_approve, &rights, answer);
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
            change_nothing(call, answer);
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
        .creator = caller_user(call->caller),
    };
    struct body body;

    /* The bearer of a token must not be able to extend its own lifetime. */
    change.keep_expiration = rights_is_itself(call->caller, call->id);
    if (read_body(call, BODY_ROTATE, &body, answer)) {
        change.grace = body.grace;
        if (make_change(call, &change, answer))
            answer_secret(&change, answer);
        free_change(&change);
    }
    body_free(&body);
}
