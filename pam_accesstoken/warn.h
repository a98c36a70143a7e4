/*
 * warn.h - tell people that the token they have logged in with will expire.
 */
#ifndef PAM_ACCESSTOKEN_WARN_H
#define PAM_ACCESSTOKEN_WARN_H

#include <security/pam_modules.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"

/* Where the token expires within so many seconds of now, say so through the
 * conversation.  Whether that worked makes no difference to anything. */
void warn_of_expiry(pam_handle_t *pamh, const struct tokenstore_token *token,
                    int64_t within, int64_t now);

#endif
