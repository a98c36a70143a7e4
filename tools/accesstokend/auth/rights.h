/*
 * rights.h - who may do what to which token.  Pure: no I/O, no clock, no name
 * service.  No other file compares kinds of callers.
 */
#ifndef TOOLS_ACCESSTOKEND_AUTH_RIGHTS_H
#define TOOLS_ACCESSTOKEND_AUTH_RIGHTS_H

#include "tools/accesstokend/auth/caller.h"

/* A change that a caller asks for: the argument of rights_approve(). */
struct rights {
    const struct caller *caller;
    enum tokenstore_change_kind kind;
    bool grace;           /* a rotation that keeps the old token for a while */
    struct limits limits; /* for tokens that users issue themselves */
    char why[160];        /* set if the change is refused */
};

/* May the caller look at tokens at all, one by one or as a list? */
bool rights_may_list(const struct caller *caller);

/* May the caller see the tokens of every user?  If not, only their own. */
bool rights_may_list_all(const struct caller *caller);

/* May the caller see this token?  If not, the answer must be the same as for
 * a token that does not exist. */
bool rights_may_read(const struct caller *caller,
                     const struct tokenstore_token *token);

/* May the caller create tokens, or modify tokens, at all?  rights_approve()
 * decides about each change. */
bool rights_may_create(const struct caller *caller);
bool rights_may_modify(const struct caller *caller);

/* May the caller issue tokens for other users, and so learn which users
 * exist? */
bool rights_may_issue_for_others(const struct caller *caller);

/* Is the number of tokens that the caller issues in a time limited?  Those of
 * administrators is not. */
bool rights_are_rationed(const struct caller *caller);

/* May the caller read the metrics? */
bool rights_may_measure(const struct caller *caller);

/* May the bearer of this token introspect other tokens? */
bool rights_may_introspect(const struct tokenstore_token *token);

/* Is the token with this id the one that the caller presented? */
bool rights_is_itself(const struct caller *caller, uint64_t id);

/*
 * Decides about one change; a tokenstore_approve, which the library calls
 * inside the transaction that makes the change.  before is NULL for a new
 * token, after is NULL for a revocation; rights is a struct rights.  Returns
 * TOKENSTORE_OK, or FORBIDDEN or NOT_FOUND with the reason in rights->why.
 */
enum tokenstore_error rights_approve(const struct tokenstore_token *before,
                                     const struct tokenstore_token *after,
                                     void *rights);

#endif
