/*
 * caller.h - who asks: by the credentials presented, else by what the kernel
 * says of the peer.  See caller.c.
 */
#ifndef TOOLS_ACCESSTOKEND_AUTH_CALLER_H
#define TOOLS_ACCESSTOKEND_AUTH_CALLER_H

#include "tools/accesstokend/request/answer.h"
#include "tools/accesstokend/request/request.h"
#include "tools/accesstokend/shared/shared.h"

enum caller_kind {
    CALLER_ROOT,        /* uid 0 at the api socket: everything */
    CALLER_ADMIN,       /* the group's members there: all tokens but root's */
    CALLER_USER,        /* everybody else there: their own tokens */
    CALLER_TOKEN_ADMIN, /* a bearer with tokens:admin: within its own bounds */
    CALLER_TOKEN,       /* any other bearer: itself */
};

struct caller {
    enum caller_kind kind;
    struct tokenstore_identity *identity; /* the account */
    struct tokenstore_token *token;       /* of a bearer, else NULL */
};

/* What "Authorization" holds, or a form: a token, and perhaps whose it must
 * be.  Free wipes. */
struct credentials {
    bool presented; /* Bearer or Basic, whatever is in it */
    char *token;    /* NULL: nothing that could be one */
    char *user;     /* NULL: nobody was named */
};
void credentials_read(const char *authorization,
                      struct credentials *credentials);
void credentials_free(struct credentials *credentials);

/* Verify credentials, for whatever scope; the one place for callers and
 * introspection.  false: the answer is there. */
bool caller_verify(struct shared *shared, const struct request *request,
                   const struct credentials *credentials,
                   struct tokenstore_token **token, struct answer *answer);

/* Is an administrator at the other end of the api socket, whatever is
 * presented? */
bool caller_is_trusted(const struct request *request);

/* Who the caller is; false where that is nobody, and the answer says so. */
bool caller_identify(struct shared *shared, const struct request *request,
                     struct caller *caller, struct answer *answer);
void caller_free(struct caller *caller);

/* 401 with a challenge; invalid: what was presented is no good. */
void caller_challenge(struct answer *answer, bool invalid);

#endif
