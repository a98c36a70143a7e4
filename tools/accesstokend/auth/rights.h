/*
 * rights.h - who may do what to which token.  Pure; see rights.c.
 */
#ifndef TOOLS_ACCESSTOKEND_AUTH_RIGHTS_H
#define TOOLS_ACCESSTOKEND_AUTH_RIGHTS_H

#include "tools/accesstokend/auth/caller.h"

/* A change that a caller asks for; the argument of rights_approve. */
struct rights {
    const struct caller *caller;
    enum tokenstore_change_kind kind;
    bool grace;           /* a rotation that leaves the old one good for now */
    struct limits limits; /* for what users may issue themselves */
    char why[160];        /* where it is refused */
};

/* Is this token the caller's own: user name and uid both? */
bool rights_is_own(const struct caller *caller,
                   const struct tokenstore_token *token);

/* A tokenstore_approve, asked in the transaction that makes the change. */
enum tokenstore_error rights_approve(const struct tokenstore_token *before,
                                     const struct tokenstore_token *after,
                                     void *rights);

#endif
