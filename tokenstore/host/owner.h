/*
 * owner.h - whose tokens are meant: everybody's, or those of one user.
 */
#ifndef TOKENSTORE_HOST_OWNER_H
#define TOKENSTORE_HOST_OWNER_H

#include "tokenstore/values/token.h"

struct owner {
    bool everybody;
    bool has_account;
    struct tokenstore_identity given;
    struct tokenstore_identity account; /* the same user, as NSS knows it */
};

/*
 * Prepare the search for the tokens of a user; user NULL means everybody.  May
 * ask the name service, so never call it under a lock.  Cannot fail: if the
 * name service does not know the user, the identity alone decides.
 */
void owner_prepare(struct owner *owner,
                   const struct tokenstore_identity *user);

/* Does the token belong to that user? */
bool owner_matches(const struct owner *owner,
                   const struct tokenstore_token *token);

#endif
