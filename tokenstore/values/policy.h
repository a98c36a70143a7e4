/*
 * policy.h - the rules that decide whether a token may be used.
 */
#ifndef TOKENSTORE_VALUES_POLICY_H
#define TOKENSTORE_VALUES_POLICY_H

#include "tokenstore/values/token.h"

/* The question, with everything that has to be looked up: the caller brings
 * the account, the address and the time. */
struct policy_question {
    bool secret_matches;
    int64_t now;
    const char *user;       /* as presented; NULL: the token's own user */
    struct account account; /* of that user */
    const char *const *scopes;
    size_t scope_count;
    const char *address; /* NULL if it is not known */
    bool any_scope;      /* skip rule 5 */
};

enum policy_answer {
    POLICY_YES,
    POLICY_NO,           /* *reason says which rule is broken */
    POLICY_NEED_ACCOUNT, /* rules 1-3 hold; look the account up, ask again */
    POLICY_UNAVAILABLE,  /* the name service did not answer: not a yes */
};

/*
 * Apply the six rules in their order ("Who may use a token" in doc/DESIGN.md).
 * token NULL means that the id is unknown.  Ask first with the account not
 * asked: most refusals need no name service.
 */
enum policy_answer policy_decide(const struct tokenstore_token *token,
                                 const struct policy_question *question,
                                 enum tokenstore_reason *reason);

#endif
