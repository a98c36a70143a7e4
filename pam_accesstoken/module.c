/*
 * module.c - the three functions that libpam calls.
 * Must never decide anything: that is for authenticate.c.
 */
#include <config.h>

#include <pthread.h>

/* The build hides all other functions of the module. */
#pragma GCC visibility push(default)
#include <security/pam_modules.h>
#pragma GCC visibility pop

#include "pam_accesstoken/authenticate.h"

/* Does not need the flags: PAM_SILENT, because the user sees nothing but the
 * prompt, and PAM_DISALLOW_NULL_AUTHTOK, because an empty text is no token. */
int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
                        const char **argv) {
    (void)flags;
    return authenticate(pamh, argc, argv);
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc,
                   const char **argv) {
    (void)flags;
    (void)argc;
    (void)argv;
    return set_credentials(pamh);
}

int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc,
                     const char **argv) {
    int cancellation;
    int code;

    /* A thread that is cancelled would leave a store's handle. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
    code = authenticate_again(pamh, ((unsigned int)flags & PAM_SILENT) != 0,
                              argc, argv);
    pthread_setcancelstate(cancellation, NULL);
    return code;
}
