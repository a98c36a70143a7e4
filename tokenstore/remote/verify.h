/*
 * verify.h - may a bearer token be used, by the answer of a remote store?
 */
#ifndef TOKENSTORE_REMOTE_VERIFY_H
#define TOKENSTORE_REMOTE_VERIFY_H

#include "tokenstore/tokenstore.h"

/* For struct backend. */
enum tokenstore_error remote_verify(void *store,
                                    const struct tokenstore_request *request,
                                    struct tokenstore_token **token,
                                    enum tokenstore_reason *reason);
enum tokenstore_error
remote_verify_again(void *store, const struct tokenstore_token *token,
                    const struct tokenstore_request *request,
                    enum tokenstore_reason *reason);

#endif
