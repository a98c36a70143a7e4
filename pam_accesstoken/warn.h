/*
 * warn.h - tell the user that the token of this login expires soon.
 */
#ifndef PAM_ACCESSTOKEN_WARN_H
#define PAM_ACCESSTOKEN_WARN_H

#include <security/pam_modules.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"

/* If the token expires within that many seconds after now, sends the user a
 * message through the conversation.  A failure to send it is ignored. */
void warn_of_expiry(pam_handle_t *pamh, const struct tokenstore_token *token,
                    int64_t within, int64_t now);

#endif
