/*
 * pam_client.h - log in through PAM without a script, for the tests that do
 * it many times or from many threads.
 */
#ifndef TESTS_PAM_CLIENT_H
#define TESTS_PAM_CLIENT_H

/*
 * A whole login with a handle of its own: authenticate with what is
 * presented, and the account step when that succeeds.  Returns the code of
 * the step that ended it.
 */
int client_login(const char *service, const char *user, const char *presented);

#endif
