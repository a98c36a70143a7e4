/*
 * pam_login.h - log in through a PAM service, as a program would, and tell
 * what happened.
 */
#ifndef TOOLS_ACCESSTOKEN_PAM_LOGIN_H
#define TOOLS_ACCESSTOKEN_PAM_LOGIN_H

#include "tools/accesstoken/errors.h"

/*
 * Runs the stack of a service that exists, and prints what each step returned,
 * what the user would have been told, and what the module has logged.  "input"
 * has a line for each prompt, and is changed; "address" is the peer's, or
 * NULL.  EXIT_REFUSED if a step did not succeed.
 */
enum exit_code pam_login(const char *service, const char *user,
                         const char *address, char *input);

#endif
