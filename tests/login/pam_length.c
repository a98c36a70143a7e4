/*
 * pam_length.c - a PAM module for tests/login that logs the length of the
 * password that reaches it, and refuses every login.  It must never log a
 * password.  It is never installed.
 */
#include <config.h>

#pragma GCC visibility push(default)
#include <security/pam_modules.h>
#pragma GCC visibility pop

#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
                        const char **argv) {
    const char *text = NULL;

    (void)flags;
    (void)argc;
    (void)argv;
    if (pam_get_authtok(pamh, PAM_AUTHTOK, &text, NULL) == PAM_SUCCESS &&
        text != NULL)
        pam_syslog(pamh, LOG_NOTICE, "%zu characters", strlen(text));
    return PAM_AUTH_ERR;
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc,
                   const char **argv) {
    (void)pamh;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_IGNORE;
}
