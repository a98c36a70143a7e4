/*
 * owner.c - whose tokens a list or a revocation means.  The answer of the name
 * service only adds to what the given identity says, since the tokens of a
 * deleted account must stay within reach.
 */
#include "tokenstore/host/owner.h"

#include <string.h>

void owner_prepare(struct owner *owner,
                   const struct tokenstore_identity *user) {
    struct tokenstore_identity *account = NULL;

    memset(owner, 0, sizeof(*owner));
    if (user == NULL) {
        owner->everybody = true;
        return;
    }
    owner->given = *user;
    if (tokenstore_identity_resolve(user, false, &account) != TOKENSTORE_OK)
        return;
    owner->has_account = true;
    owner->account = *account;
    tokenstore_identity_free(&account);
}

bool owner_matches(const struct owner *owner,
                   const struct tokenstore_token *token) {
    return owner->everybody || identity_matches(&token->user, &owner->given) ||
           (owner->has_account &&
            identity_matches(&token->user, &owner->account));
}
