/*
 * module.c - what libpam calls.
 * Must never decide anything: authenticate.c does.  Nothing but these three
 * functions leaves the shared object.
 */
#include <config.h>

#pragma GCC visibility push(default)
#include <security/pam_modules.h>
#pragma GCC visibility pop

#include "pam_accesstoken/authenticate.h"

/* The flags ask for silence towards the user (nothing is said to them here
 * besides the prompt) and to refuse empty passwords (none is a token). */
int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
                        const char **argv) {
    (void)flags;
    return authenticate(pamh, argc, argv);
}

/* A token brings no credentials.  Also for a handle that authenticated
 * nobody: sshd calls this with a fresh one, and a stack that says required
 * would fail a good login otherwise. */
int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc,
                   const char **argv) {
    (void)pamh;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_SUCCESS;
}

int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc,
                     const char **argv) {
    return authenticate_again(pamh, ((unsigned int)flags & PAM_SILENT) != 0,
                              argc, argv);
}
