/*
 * codes.h - the codes that PAM gets for errors and reasons of the library.
 */
#ifndef PAM_ACCESSTOKEN_CODES_H
#define PAM_ACCESSTOKEN_CODES_H

#include "tokenstore/tokenstore.h"

/* Returns the PAM code for the error of tokenstore_open, tokenstore_verify or
 * tokenstore_verify_again.  Only TOKENSTORE_OK is PAM_SUCCESS, and nothing is
 * PAM_IGNORE. */
int code_of_error(enum tokenstore_error error);

/* Returns the PAM code for a token that authenticated its user and is refused
 * in the account step: PAM_ACCT_EXPIRED if the token has ended since,
 * otherwise PAM_PERM_DENIED. */
int code_of_reason(enum tokenstore_reason reason);

#endif
