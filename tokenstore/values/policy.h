/*
 * policy.h - who may use a token.  See policy.c.
 */
#ifndef TOKENSTORE_VALUES_POLICY_H
#define TOKENSTORE_VALUES_POLICY_H

#include "tokenstore/values/token.h"

/* What is asked, with the world looked up: the caller brings the account, the
 * address and the clock. */
struct policy_question {
    bool secret_matches;
    int64_t now;
    const char *user;       /* as presented; NULL: the token's own user */
    struct account account; /* of that user */
    const char *const *scopes;
    size_t scope_count;
    const char *address; /* NULL where not known */
    bool any_scope;      /* leave rule 5 out */
};

enum policy_answer {
    POLICY_YES,
    POLICY_NO,           /* *reason says which rule */
    POLICY_NEED_ACCOUNT, /* rules 1-3 hold; look the account up, ask again */
    POLICY_UNAVAILABLE,  /* the name service did not answer: not a yes */
};

/* The six rules, in their order.  token NULL: the id is unknown. */
enum policy_answer policy_decide(const struct tokenstore_token *token,
                                 const struct policy_question *question,
                                 enum tokenstore_reason *reason);

#endif
