/*
 * caller.h - who asks: the user of the token that was presented or, if none
 * was presented, the user whom the kernel names at the other end of the api
 * socket.
 */
#ifndef TOOLS_ACCESSTOKEND_AUTH_CALLER_H
#define TOOLS_ACCESSTOKEND_AUTH_CALLER_H

#include "tools/accesstokend/request/answer.h"
#include "tools/accesstokend/request/credentials.h"
#include "tools/accesstokend/request/request.h"
#include "tools/accesstokend/shared/shared.h"

enum caller_kind {
    CALLER_ROOT,        /* uid 0 on the api socket: everything */
    CALLER_ADMIN,       /* a member of the group: all tokens but root's */
    CALLER_USER,        /* anybody else there: their own tokens */
    CALLER_TOKEN_ADMIN, /* a token with tokens:admin: within its own bounds */
    CALLER_TOKEN,       /* any other token: itself */
};

/* Either the identity or the token is set. */
struct caller {
    enum caller_kind kind;
    struct tokenstore_identity *identity; /* the account at the socket */
    struct tokenstore_token *token;       /* the token that was presented */
};

/*
 * Find out who the caller is.  Returns false if it is nobody or cannot be
 * found out; the answer is then written.  Free the caller with caller_free()
 * if true was returned.
 */
bool caller_identify(struct shared *shared, const struct request *request,
                     struct caller *caller, struct answer *answer);
void caller_free(struct caller *caller);

/* The user in whose name the caller acts.  It belongs to the caller. */
const struct tokenstore_identity *caller_user(const struct caller *caller);

/* Write a 401, for the scheme of the credentials that were presented and are
 * bad.  NULL: there are none. */
void caller_challenge(struct answer *answer,
                      const struct credentials *credentials);

/*
 * Verify credentials for any scope.  Callers and clients that introspect
 * prove themselves with this function and no other.  Returns false if the
 * credentials are not good; *token is then NULL and the answer written.  If
 * true was returned, free *token with tokenstore_token_free().
 */
bool caller_verify(struct shared *shared, const struct request *request,
                   const struct credentials *credentials,
                   struct tokenstore_token **token, struct answer *answer);

/* Is an administrator at the other end of the api socket?  Looks at the
 * socket alone, whatever credentials are presented. */
bool caller_is_trusted(const struct request *request);

#endif
