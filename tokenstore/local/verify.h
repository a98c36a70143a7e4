/*
 * verify.h - may a bearer token be used, by the tokens of a local store?
 */
#ifndef TOKENSTORE_LOCAL_VERIFY_H
#define TOKENSTORE_LOCAL_VERIFY_H

#include "tokenstore/tokenstore.h"

/* For struct backend. */
enum tokenstore_error local_verify(void *store,
                                   const struct tokenstore_request *request,
                                   struct tokenstore_token **token,
                                   enum tokenstore_reason *reason);
enum tokenstore_error
local_verify_again(void *store, const struct tokenstore_token *token,
                   const struct tokenstore_request *request,
                   enum tokenstore_reason *reason);

#endif
