/*
 * rights.c - who may do what to which token.  Looks only at the caller, at the
 * token as it is and at the token as it will be: no I/O, no clock, no name
 * service.  Refuses everything that no rule permits.
 *
 * A change that only takes away (less time, fewer scopes, another name,
 * disabling, revoking) is permitted to every caller who may change the token
 * at all.  A change that gives something, a new secret included, must result
 * in a token that the caller could issue.
 */
#include <config.h>

#include "tools/accesstokend/auth/rights.h"

#include <stdio.h>
#include <string.h>

#include "tools/accesstokend/request/scopes.h"

#define RESERVED "tokens:"
#define INTROSPECT "tokens:introspect"

static enum tokenstore_error no(struct rights *rights, const char *why) {
    snprintf(rights->why, sizeof(rights->why), "%s", why);
    return TOKENSTORE_ERROR_FORBIDDEN;
}

/* Names the scopes that would be granted, as many as there is room for. */
static enum tokenstore_error no_scope(struct rights *rights) {
    const size_t count = rights->limits.self_service_count;
    size_t used;

    (void)no(rights, "the token must name scopes, and only these:");
    used = strlen(rights->why);
    for (size_t i = 0; i < count; i++) {
        const char *scope = rights->limits.self_service[i];

        if (used + strlen(scope) + sizeof(" ...") >= sizeof(rights->why)) {
            memcpy(rights->why + used, " ...", sizeof(" ..."));
            break;
        }
        used += (size_t)snprintf(rights->why + used,
                                 sizeof(rights->why) - used, " %s", scope);
    }
    return TOKENSTORE_ERROR_FORBIDDEN;
}

/* Callers whom the token does not concern are told that it does not exist. */
static enum tokenstore_error not_there(struct rights *rights,
                                       const struct tokenstore_token *token) {
    snprintf(rights->why, sizeof(rights->why), "no token %llu",
             (unsigned long long)tokenstore_token_id(token));
    return TOKENSTORE_ERROR_NOT_FOUND;
}

static bool is_root(const struct tokenstore_identity *user) {
    const char *name = tokenstore_identity_name(user);
    uint32_t uid;

    return (tokenstore_identity_uid(user, &uid) && uid == 0) ||
           (name != NULL && strcmp(name, "root") == 0);
}

/* Is it a token of the caller's own account?  Name and uid must both match. */
static bool is_own(const struct caller *caller,
                   const struct tokenstore_token *token) {
    const struct tokenstore_identity *user = tokenstore_token_user(token);
    const char *name = tokenstore_identity_name(user);
    const char *own;
    uint32_t uid, own_uid;

    if (caller->identity == NULL || name == NULL)
        return false;
    own = tokenstore_identity_name(caller->identity);
    return own != NULL && strcmp(own, name) == 0 &&
           tokenstore_identity_uid(caller->identity, &own_uid) &&
           tokenstore_identity_uid(user, &uid) && uid == own_uid;
}

bool rights_is_itself(const struct caller *caller, uint64_t id) {
    return caller->token != NULL && tokenstore_token_id(caller->token) == id;
}

/* ------------------------------------------------------------------ callers
 */

bool rights_may_list(const struct caller *caller) {
    return caller->kind != CALLER_TOKEN;
}

bool rights_may_list_all(const struct caller *caller) {
    return caller->kind != CALLER_TOKEN && caller->kind != CALLER_USER;
}

bool rights_are_rationed(const struct caller *caller) {
    return caller->kind == CALLER_USER || caller->kind == CALLER_TOKEN;
}

bool rights_may_read(const struct caller *caller,
                     const struct tokenstore_token *token) {
    return rights_may_list_all(caller) ||
           (caller->kind == CALLER_USER && is_own(caller, token));
}

bool rights_may_create(const struct caller *caller) {
    return caller->kind != CALLER_TOKEN;
}

bool rights_may_modify(const struct caller *caller) {
    return caller->kind != CALLER_TOKEN;
}

bool rights_may_issue_for_others(const struct caller *caller) {
    return caller->kind != CALLER_TOKEN && caller->kind != CALLER_USER;
}

bool rights_may_measure(const struct caller *caller) {
    return caller->kind == CALLER_ROOT || caller->kind == CALLER_ADMIN;
}

bool rights_may_introspect(const struct tokenstore_token *token) {
    return scopes_have(token, INTROSPECT);
}

/* ------------------------------------------------------------------- scopes
 */

static bool has_reserved_scope(const struct tokenstore_token *token) {
    for (size_t i = 0; i < tokenstore_token_scope_count(token); i++)
        if (strncmp(tokenstore_token_scope(token, i), RESERVED,
                    strlen(RESERVED)) == 0)
            return true;
    return false;
}

/* Does the token name scopes, all of which the other token has too? */
static bool scopes_within(const struct tokenstore_token *token,
                          const struct tokenstore_token *other) {
    const size_t count = tokenstore_token_scope_count(token);

    for (size_t i = 0; i < count; i++)
        if (!scopes_have(other, tokenstore_token_scope(token, i)))
            return false;
    return count > 0;
}

static bool is_self_service(const struct limits *limits, const char *scope) {
    for (size_t i = 0; i < limits->self_service_count; i++)
        if (strcmp(scope, limits->self_service[i]) == 0)
            return true;
    return false;
}

/* Does the token name scopes, all of which users may issue themselves? */
static bool scopes_permitted(const struct tokenstore_token *token,
                             const struct limits *limits) {
    const size_t count = tokenstore_token_scope_count(token);

    for (size_t i = 0; i < count; i++)
        if (!is_self_service(limits, tokenstore_token_scope(token, i)))
            return false;
    return count > 0;
}

/* ------------------------------------------------------------------ changes
 */

static bool networks_differ(const struct tokenstore_token *a,
                            const struct tokenstore_token *b) {
    const size_t count = tokenstore_token_network_count(a);

    if (count != tokenstore_token_network_count(b))
        return true;
    for (size_t i = 0; i < count; i++)
        if (strcmp(tokenstore_token_network(a, i),
                   tokenstore_token_network(b, i)) != 0)
            return true;
    return false;
}

/* Could the token be used for more, or for longer, than before? */
static bool gives(const struct rights *rights,
                  const struct tokenstore_token *before,
                  const struct tokenstore_token *after) {
    if (rights->kind != TOKENSTORE_CHANGE_MODIFY)
        return true;
    if (tokenstore_token_enabled(after) && !tokenstore_token_enabled(before))
        return true;
    if (tokenstore_token_expiration_time(after) >
        tokenstore_token_expiration_time(before))
        return true;
    if (tokenstore_token_network_count(before) > 0 &&
        networks_differ(before, after))
        return true;
    /* A token without scopes has all but the reserved ones. */
    if (tokenstore_token_scope_count(before) == 0)
        return has_reserved_scope(after);
    return !scopes_within(after, before);
}

static enum tokenstore_error
approve_user(struct rights *rights, const struct tokenstore_token *before,
             const struct tokenstore_token *after) {
    if (before != NULL && !is_own(rights->caller, before))
        return not_there(rights, before);
    if (after == NULL)
        return TOKENSTORE_OK;
    if (!is_own(rights->caller, after))
        return no(rights, "only an administrator may issue tokens for others");
    if (!gives(rights, before, after))
        return TOKENSTORE_OK;
    if (before != NULL && tokenstore_token_enabled(after) &&
        !tokenstore_token_enabled(before))
        return no(rights, "only an administrator may enable a token");
    if (rights->limits.self_service_count == 0)
        return no(rights, "users may not issue tokens: limits.conf has "
                          "no self_service_scopes");
    if (!scopes_permitted(after, &rights->limits))
        return no_scope(rights);
    return TOKENSTORE_OK;
}

static enum tokenstore_error
approve_token_admin(struct rights *rights,
                    const struct tokenstore_token *before,
                    const struct tokenstore_token *after) {
    const struct tokenstore_token *own = rights->caller->token;

    if (after == NULL || !gives(rights, before, after))
        return TOKENSTORE_OK;
    if (!scopes_within(after, own))
        return no(rights, "the token must name scopes, all of which the "
                          "caller's own token has");
    if (tokenstore_token_expiration_time(after) >
        tokenstore_token_expiration_time(own))
        return no(rights, "the token must not expire after the caller's own");
    return TOKENSTORE_OK;
}

/* Does a bearer token rotate or revoke itself? */
static bool ends_itself(const struct rights *rights,
                        const struct tokenstore_token *before) {
    return before != NULL &&
           rights_is_itself(rights->caller, tokenstore_token_id(before)) &&
           (rights->kind == TOKENSTORE_CHANGE_REVOKE ||
            rights->kind == TOKENSTORE_CHANGE_ROTATE);
}

enum tokenstore_error rights_approve(const struct tokenstore_token *before,
                                     const struct tokenstore_token *after,
                                     void *argument) {
    struct rights *rights = argument;
    const enum caller_kind kind = rights->caller->kind;
    const bool itself = ends_itself(rights, before);

    if (kind == CALLER_ROOT)
        return TOKENSTORE_OK;
    if (kind == CALLER_TOKEN && !itself)
        return before != NULL ? not_there(rights, before)
                              : no(rights, "this token may not issue tokens");
    /* This must come before any refusal that reveals that the token exists. */
    if (kind == CALLER_USER && before != NULL &&
        !is_own(rights->caller, before))
        return not_there(rights, before);
    if (is_root(tokenstore_token_user(before != NULL ? before : after)) &&
        !(itself && rights->kind == TOKENSTORE_CHANGE_REVOKE))
        return no(rights, "only root may issue and change root's tokens");
    /* A thief would get a token of their own, and the owner, whose old token
     * goes on working, would not notice.  A token that administers could do
     * so again and again. */
    if (itself && rights->grace)
        return no(rights, "a token that rotates itself may not ask for a "
                          "grace period: let an administrator rotate it");
    if (itself)
        return TOKENSTORE_OK;
    if (after != NULL && has_reserved_scope(after) &&
        gives(rights, before, after))
        return no(rights,
                  "only root may grant scopes that begin with tokens:");
    switch (kind) {
    case CALLER_ROOT:
    case CALLER_ADMIN:
        return TOKENSTORE_OK;
    case CALLER_USER:
        return approve_user(rights, before, after);
    case CALLER_TOKEN_ADMIN:
        return approve_token_admin(rights, before, after);
    case CALLER_TOKEN:
        break;
    }
    return no(rights, "not permitted");
}
