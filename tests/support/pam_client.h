/*
 * pam_client.h - log in through PAM without a script, for the tests that do
 * it many times or from many threads.
 */
#ifndef TESTS_SUPPORT_PAM_CLIENT_H
#define TESTS_SUPPORT_PAM_CLIENT_H

#include <security/pam_appl.h>

/* A handle that answers the prompt for a password with what is presented,
 * which has to last as long.  For pam_end(). */
pam_handle_t *client_start(const char *service, const char *user,
                           const char *presented);

/*
 * A whole login with a handle of its own: authenticate with what is
 * presented, and the account step when that succeeds.  Returns the code of
 * the step that ended it.
 */
int client_login(const char *service, const char *user, const char *presented);

#endif
