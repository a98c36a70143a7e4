/*
 * authenticate.h - the decisions of the module: the auth step, the
 * credentials and the account step.
 */
#ifndef PAM_ACCESSTOKEN_AUTHENTICATE_H
#define PAM_ACCESSTOKEN_AUTHENTICATE_H

#include <security/pam_modules.h>
#include <stdbool.h>

/* Decides whether the user of the handle has presented an access token that is
 * good for this service from this host, now.  Asks for the user's name and the
 * token where the handle has none.  argv are the module's options.
 *
 * Returns the code of pam_sm_authenticate: PAM_SUCCESS if the token is good,
 * and then keeps it in the handle for authenticate_again, notes its use and
 * logs the login; PAM_CRED_INSUFFICIENT, without a log line, if what was
 * presented is no access token; otherwise an error, which is logged if it
 * concerns a token.  Never returns PAM_IGNORE. */
int authenticate(pam_handle_t *pamh, int argc, const char **argv);

/* Says whether a token authenticated this login, so that the stack continues
 * with the same modules as in the auth step.  A token has no credentials of
 * its own to set.
 *
 * Returns the code of pam_sm_setcred: PAM_SUCCESS after a login by token, also
 * in another handle with the same PAM environment, as sshd has; otherwise
 * PAM_CRED_INSUFFICIENT, so that the modules of passwords set theirs.
 * (PAM_SUCCESS would be the end of the stack with "success=done", and
 * PAM_IGNORE a failure where this module is alone.) */
int set_credentials(pam_handle_t *pamh);

/* Decides whether the token that authenticate accepted for this handle may
 * still be used.  store= and scope= are those of the auth step unless argv has
 * others.  Tells the user if the token expires soon, unless silent is set.
 *
 * Returns the code of pam_sm_acct_mgmt: PAM_IGNORE if no token authenticated
 * this handle, PAM_SUCCESS if the token is still good, otherwise an error.
 * Logs every error but PAM_USER_UNKNOWN, which is for a name that cannot be a
 * user's. */
int authenticate_again(pam_handle_t *pamh, bool silent, int argc,
                       const char **argv);

#endif
