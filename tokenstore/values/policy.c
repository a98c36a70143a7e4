/*
 * policy.c - the six rules that decide whether a token may be used.
 * Pure: no I/O, no clock, no name service.  Must never say yes by default:
 * every case that is not spelled out ends in no.
 */
#include "tokenstore/values/policy.h"

#include <string.h>

/* Scopes for administration, which a token without scopes does not have. */
static const char *const reserved_scopes[] = {"tokens:admin",
                                              "tokens:introspect"};

static bool scope_is_reserved(const char *scope) {
    for (size_t i = 0;
         i < sizeof(reserved_scopes) / sizeof(reserved_scopes[0]); i++)
        if (strcmp(scope, reserved_scopes[i]) == 0)
            return true;
    return false;
}

static bool token_has_scope(const struct tokenstore_token *token,
                            const char *scope) {
    if (token->scope_count == 0)
        return !scope_is_reserved(scope);
    for (size_t i = 0; i < token->scope_count; i++)
        if (strcmp(token->scopes[i], scope) == 0)
            return true;
    return false;
}

/* If no scope is asked for, only a token without scopes passes. */
static bool scopes_allow(const struct tokenstore_token *token,
                         const struct policy_question *question) {
    if (question->scope_count == 0)
        return token->scope_count == 0;
    for (size_t i = 0; i < question->scope_count; i++)
        if (!token_has_scope(token, question->scopes[i]))
            return false;
    return true;
}

static bool networks_allow(const struct tokenstore_token *token,
                           const char *text) {
    struct network address;

    if (token->network_count == 0)
        return true;
    if (text == NULL || !network_parse_address(text, &address))
        return false;
    for (size_t i = 0; i < token->network_count; i++)
        if (network_contains(&token->networks[i], &address))
            return true;
    return false;
}

/* Rule 4, if the name service has answered. */
static bool user_is_same(const struct tokenstore_token *token,
                         const struct policy_question *question) {
    const struct account *account = &question->account;
    const char *presented =
        question->user != NULL ? question->user : token->user.name;

    if (account->state == ACCOUNT_EXISTS)
        return token->user.has_uid && token->user.uid == account->uid &&
               strcmp(token->user.name, account->name) == 0;
    return account->state == ACCOUNT_NONE && !token->user.has_uid &&
           strcmp(token->user.name, presented) == 0;
}

static enum policy_answer no(enum tokenstore_reason why,
                             enum tokenstore_reason *reason) {
    *reason = why;
    return POLICY_NO;
}

enum policy_answer policy_decide(const struct tokenstore_token *token,
                                 const struct policy_question *question,
                                 enum tokenstore_reason *reason) {
    *reason = TOKENSTORE_REASON_NONE;
    if (token == NULL)
        return no(TOKENSTORE_REASON_UNKNOWN, reason);
    if (!question->secret_matches)
        return no(TOKENSTORE_REASON_SECRET, reason);
    if (!token->enabled)
        return no(TOKENSTORE_REASON_DISABLED, reason);
    if (question->now >= token->expiration_time)
        return no(TOKENSTORE_REASON_EXPIRED, reason);
    if (question->account.state == ACCOUNT_NOT_ASKED)
        return POLICY_NEED_ACCOUNT;
    if (question->account.state == ACCOUNT_UNAVAILABLE)
        return POLICY_UNAVAILABLE;
    if (!user_is_same(token, question))
        return no(TOKENSTORE_REASON_USER, reason);
    if (!question->any_scope && !scopes_allow(token, question))
        return no(TOKENSTORE_REASON_SCOPE, reason);
    if (!networks_allow(token, question->address))
        return no(TOKENSTORE_REASON_NETWORK, reason);
    return POLICY_YES;
}
