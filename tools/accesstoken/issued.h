/*
 * issued.h - which tokens a token has issued, directly or through others.
 * Found by looking at all tokens in the order of their ids, in which an issuer
 * comes before what it issued.
 */
#ifndef TOOLS_ACCESSTOKEN_ISSUED_H
#define TOOLS_ACCESSTOKEN_ISSUED_H

#include "tools/accesstoken/command.h"
#include "tools/accesstoken/ids.h"

/* A token, and what is known about those that it issued. */
struct issued {
    uint64_t top;
    uint64_t first; /* the token's own first issuer; 0: none, or not known */
    bool known;     /* the token exists, so its first issuer is known */
    struct ids tree;
    struct ids doubts; /* first issuers of tokens that may be below it, too */
    bool failed;       /* there was no memory */
};

/* Prepares to look for the tokens below "top", which need not exist; asks the
 * open store.  Free the result with issued_free(). */
void issued_begin(const struct context *context, uint64_t top,
                  struct issued *issued);
void issued_free(struct issued *issued);

/*
 * Looks at the next token.  All tokens after the top must be looked at, in the
 * order of their ids.  Returns whether the top issued it, directly or through
 * tokens that were looked at before, in this pass through the store or in an
 * earlier one.
 */
bool issued_look(const struct context *context, struct issued *issued,
                 const struct tokenstore_token *token);

/* Prints for which tokens it is not known whether they are below, because one
 * that may have issued them is gone. */
void issued_put_doubts(const struct issued *issued);

#endif
