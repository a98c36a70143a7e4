/*
 * pam_client.h - log in through PAM without a script, for the tests that do
 * it many times or from many threads.
 */
#ifndef TESTS_SUPPORT_PAM_CLIENT_H
#define TESTS_SUPPORT_PAM_CLIENT_H

#include <security/pam_appl.h>

/* Returns a conversation that answers the prompt for a password with what is
 * presented, which has to last as long as the handle. */
struct pam_conv client_presents(const char *presented);

/* Returns a handle with this conversation, which waits after no failure.  The
 * caller calls pam_end(). */
pam_handle_t *client_start(const char *service, const char *user,
                           struct pam_conv conversation);

/*
 * Logs in with a new handle: authenticates with what is presented, then makes
 * the account step if that succeeded.  Returns the code of the last step.
 */
int client_login(const char *service, const char *user, const char *presented);

#endif
