/*
 * change.c - one change of a token: create, modify, revoke, rotate.
 * Makes every possible check before writing.  Must tell a caller that
 * "approve" refuses nothing about the token, and must make no change in the
 * name of a token that is no longer valid.
 */
#include "tokenstore/local/change.h"

#include <errno.h>
#include <string.h>

#include "tokenstore/format/bearer.h"
#include "tokenstore/local/limits.h"
#include "tokenstore/local/tokens.h"

/* ------------------------------------------------------- without the store */

static bool clock_is_sane(int64_t now) {
    return now >= 0 && now <= TOKENSTORE_TIME_MAX;
}

static bool time_is_after(int64_t time, int64_t now) {
    return time == TOKENSTORE_NEVER || time > now;
}

static int64_t add_capped(int64_t time, int64_t seconds) {
    return seconds > TOKENSTORE_TIME_MAX - time ? TOKENSTORE_TIME_MAX
                                                : time + seconds;
}

static enum tokenstore_error
validate_create(const struct tokenstore_token *token, int64_t now) {
    if (token->user.name[0] == '\0' ||
        token->user.domain == IDENTITY_DOMAIN_UNSET)
        return TOKENSTORE_ERROR_INVALID_IDENTITY;
    return clock_is_sane(now) && time_is_after(token->expiration_time, now)
               ? TOKENSTORE_OK
               : TOKENSTORE_ERROR_TIME_RANGE;
}

enum tokenstore_error change_validate(const struct tokenstore_change *change,
                                      int64_t now) {
    switch (change->kind) {
    case TOKENSTORE_CHANGE_CREATE:
        return validate_create(change->values, now);
    case TOKENSTORE_CHANGE_ROTATE:
        return clock_is_sane(now) ? TOKENSTORE_OK
                                  : TOKENSTORE_ERROR_TIME_RANGE;
    case TOKENSTORE_CHANGE_MODIFY:
    case TOKENSTORE_CHANGE_REVOKE:
        break;
    }
    return TOKENSTORE_OK;
}

/* ------------------------------------------------------ the token it makes
 */

static bool issues(const struct tokenstore_change *change) {
    return change->kind == TOKENSTORE_CHANGE_CREATE ||
           change->kind == TOKENSTORE_CHANGE_ROTATE;
}

static void take_fields(const struct tokenstore_token *values,
                        unsigned int fields, struct tokenstore_token *token) {
    if ((fields & TOKENSTORE_FIELD_NAME) != 0)
        memcpy(token->name, values->name, sizeof(token->name));
    if ((fields & TOKENSTORE_FIELD_EXPIRATION_TIME) != 0)
        token->expiration_time = values->expiration_time;
    if ((fields & TOKENSTORE_FIELD_ENABLED) != 0)
        token->enabled = values->enabled;
    if ((fields & TOKENSTORE_FIELD_SCOPES) != 0) {
        memcpy(token->scopes, values->scopes, sizeof(token->scopes));
        token->scope_count = values->scope_count;
    }
    if ((fields & TOKENSTORE_FIELD_NETWORKS) != 0) {
        memcpy(token->networks, values->networks, sizeof(token->networks));
        token->network_count = values->network_count;
    }
}

/* The expiration time of a rotated token: the old one's lifetime from now on,
 * but no longer than the limit, which the old one may exceed. */
static int64_t new_end(const struct tokenstore_limits *limits,
                       const struct tokenstore_token *old, int64_t now) {
    int64_t lifetime = old->expiration_time - old->creation_time;

    if (limits->lifetime_max != 0 && lifetime > limits->lifetime_max)
        lifetime = limits->lifetime_max;
    return add_capped(now, lifetime);
}

/* Give a new token its id and whatever else will be read back. */
static enum tokenstore_error begin_token(struct view *view, int64_t now,
                                         struct tokenstore_token *token) {
    token->creation_time = now;
    identity_derive(&token->user);
    identity_derive(&token->creator);
    return tokens_next_id(view, &token->id);
}

/* The token as it will be after the change; for revoke, as it is. */
static enum tokenstore_error draft(struct view *view,
                                   const struct tokenstore_limits *limits,
                                   const struct tokenstore_change *change,
                                   const struct tokenstore_token *before,
                                   int64_t now,
                                   struct tokenstore_token *token) {
    memcpy(token, before != NULL ? before : change->values, sizeof(*token));
    switch (change->kind) {
    case TOKENSTORE_CHANGE_CREATE:
        token->issuer = token->first_issuer = 0; /* nobody may make them up */
        return begin_token(view, now, token);
    case TOKENSTORE_CHANGE_MODIFY:
        take_fields(change->values, change->fields, token);
        break;
    case TOKENSTORE_CHANGE_REVOKE:
        break;
    case TOKENSTORE_CHANGE_ROTATE:
        if (change->creator != NULL)
            token->creator = *change->creator;
        if (!change->keep_expiration &&
            token->expiration_time != TOKENSTORE_NEVER)
            token->expiration_time = new_end(limits, before, now);
        return begin_token(view, now, token);
    }
    return TOKENSTORE_OK;
}

/* -------------------------------------------------------------- permission */

/* Note that a token is issued in the name of another. */
static void set_issuers(const struct tokenstore_token *caller,
                        struct tokenstore_token *token) {
    token->issuer = caller->id;
    token->first_issuer =
        caller->first_issuer != 0 ? caller->first_issuer : caller->id;
}

/* Is the token in whose name a change is made still valid?  It was verified
 * before this transaction, and may have been revoked since. */
static enum tokenstore_error check_caller(struct view *view, uint64_t id,
                                          int64_t now,
                                          struct tokenstore_token *caller) {
    enum tokenstore_error error = tokens_get(view, id, caller);

    if (error == TOKENSTORE_OK &&
        tokenstore_token_status(caller, now) == TOKENSTORE_STATUS_ACTIVE)
        return TOKENSTORE_OK;
    if (error != TOKENSTORE_OK && error != TOKENSTORE_ERROR_NOT_FOUND)
        return error;
    return message_set(view_message(view), TOKENSTORE_ERROR_FORBIDDEN,
                       "the caller's own token is no longer valid");
}

/* Ask "approve".  If it says NOT_FOUND, that reads like the error for a token
 * that does not exist. */
static enum tokenstore_error ask(struct view *view,
                                 const struct tokenstore_change *change,
                                 const struct tokenstore_token *before,
                                 const struct tokenstore_token *token) {
    enum tokenstore_error error = TOKENSTORE_OK;

    if (change->approve != NULL)
        error = change->approve(
            before, change->kind == TOKENSTORE_CHANGE_REVOKE ? NULL : token,
            change->argument);
    return error == TOKENSTORE_ERROR_NOT_FOUND && before != NULL
               ? message_no_token(view_message(view), change->id, 0)
               : error;
}

/* May a token be issued, or changed, like this? */
static enum tokenstore_error judge(struct view *view,
                                   const struct tokenstore_limits *limits,
                                   const struct tokenstore_change *change,
                                   const struct tokenstore_token *before,
                                   const struct tokenstore_token *token,
                                   int64_t now) {
    enum tokenstore_error error;

    if ((issues(change) ||
         (change->fields & TOKENSTORE_FIELD_EXPIRATION_TIME) != 0) &&
        (!time_is_after(token->expiration_time, now) ||
         !time_is_after(token->expiration_time, token->creation_time)))
        return TOKENSTORE_ERROR_TIME_RANGE;
    error = limits_judge(view, limits, change, before, token, now);
    if (error == TOKENSTORE_OK)
        error = view_has_room(view);
    if (error == TOKENSTORE_OK && issues(change) && token->id > tokens_id_max)
        error = message_set(view_message(view), TOKENSTORE_ERROR_FULL,
                            "full: every id has been issued");
    return error;
}

/* ------------------------------------------------------------------ making */

static enum tokenstore_error add(struct view *view,
                                 struct tokenstore_token *token,
                                 struct tokenstore_bearer *bearer) {
    enum tokenstore_error error =
        bearer_generate(token->id, bearer, token->hash);

    if (error != TOKENSTORE_OK) {
        (void)message_set_errno(view_message(view), errno, "no random bytes",
                                "getrandom");
        return error;
    }
    error = tokens_add(view, token);
    if (error == TOKENSTORE_OK)
        error = tokens_put_next_id(view, token->id + 1);
    return error;
}

/* Delete the token that is rotated, or lower its expiration time. */
static enum tokenstore_error retire(struct view *view,
                                    struct tokenstore_token *old,
                                    int64_t grace, int64_t now) {
    int64_t end = add_capped(now, grace);

    if (grace == 0)
        return tokens_delete(view, old);
    if (old->expiration_time > end)
        old->expiration_time = end;
    return tokens_replace(view, old);
}

enum tokenstore_error change_make(struct view *view,
                                  const struct tokenstore_limits *limits,
                                  struct tokenstore_change *change,
                                  int64_t now,
                                  struct tokenstore_token *token) {
    struct tokenstore_token there, asking;
    struct tokenstore_token *before = NULL, *caller = NULL;
    enum tokenstore_error error = TOKENSTORE_OK;

    if (change->caller_token != 0) {
        caller = &asking;
        error = check_caller(view, change->caller_token, now, caller);
    }
    if (error == TOKENSTORE_OK && change->kind != TOKENSTORE_CHANGE_CREATE) {
        before = &there;
        error = tokens_get(view, change->id, before);
        if (error == TOKENSTORE_ERROR_NOT_FOUND)
            error = message_no_token(view_message(view), change->id, 0);
    }
    if (error == TOKENSTORE_OK)
        error = draft(view, limits, change, before, now, token);
    if (error == TOKENSTORE_OK && caller != NULL && issues(change))
        set_issuers(caller, token);
    if (error == TOKENSTORE_OK)
        error = ask(view, change, before, token);
    if (error == TOKENSTORE_OK && change->kind != TOKENSTORE_CHANGE_REVOKE)
        error = judge(view, limits, change, before, token, now);
    if (error != TOKENSTORE_OK)
        return error;
    switch (change->kind) {
    case TOKENSTORE_CHANGE_CREATE:
        return add(view, token, &change->bearer);
    case TOKENSTORE_CHANGE_MODIFY:
        return tokens_replace(view, token);
    case TOKENSTORE_CHANGE_REVOKE:
        return tokens_delete(view, before);
    case TOKENSTORE_CHANGE_ROTATE:
        error = add(view, token, &change->bearer);
        return error == TOKENSTORE_OK
                   ? retire(view, before, change->grace, now)
                   : error;
    }
    return TOKENSTORE_ERROR_INVALID_ARGUMENT;
}
