/*
 * credentials.h - the mark of a login by token in PAM's environment, for the
 * handle that sets credentials: sshd has asked for the token in another one.
 * Nothing else may depend on the mark, because users can forge it.
 */
#ifndef PAM_ACCESSTOKEN_CREDENTIALS_H
#define PAM_ACCESSTOKEN_CREDENTIALS_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <stdint.h>

/* Sets ACCESSTOKEN_ID.  Returns a PAM code. */
int credentials_mark(pam_handle_t *pamh, uint64_t id);

/* Removes ACCESSTOKEN_ID if it is there.  Returns a PAM code. */
int credentials_unmark(pam_handle_t *pamh);

/* Returns whether ACCESSTOKEN_ID is there. */
bool credentials_marked(pam_handle_t *pamh);

#endif
