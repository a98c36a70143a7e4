/*
 * pam_next.c - the module after pam_accesstoken in the stacks of the tests, in
 * the place of pam_unix.  For tests only: it logs passwords.
 *
 *   password=TEXT  authenticate: ask as pam_unix does, log the answer, and
 *                  succeed if it is TEXT
 *   preset=TEXT    authenticate: set PAM_AUTHTOK to TEXT, as an earlier module
 *                  of the stack would, and succeed
 *   peek           authenticate: log what PAM_AUTHTOK and PAM_OLDAUTHTOK hold,
 *                  as "expose_authtok" of pam_exec would show it, and be
 *                  ignored
 */
#include <config.h>

#pragma GCC visibility push(default)
#include <security/pam_modules.h>
#pragma GCC visibility pop

#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

static const char *option(const char *name, int argc, const char **argv) {
    size_t length = strlen(name);

    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=')
            return argv[i] + length + 1;
    return NULL;
}

static int peek(pam_handle_t *pamh) {
    const void *new = NULL, *old = NULL;

    (void)pam_get_item(pamh, PAM_AUTHTOK, &new);
    (void)pam_get_item(pamh, PAM_OLDAUTHTOK, &old);
    pam_syslog(pamh, LOG_INFO, "sees: %s %s",
               new != NULL ? (const char *)new : "nothing",
               old != NULL ? (const char *)old : "nothing");
    return PAM_IGNORE;
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
                        const char **argv) {
    const char *preset = option("preset", argc, argv);
    const char *password = option("password", argc, argv);
    const char *given = NULL;
    int code;

    (void)flags;
    if (argc > 0 && strcmp(argv[0], "peek") == 0)
        return peek(pamh);
    if (preset != NULL)
        return pam_set_item(pamh, PAM_AUTHTOK, preset);
    code = pam_get_authtok(pamh, PAM_AUTHTOK, &given, NULL);
    if (code != PAM_SUCCESS)
        return code;
    pam_syslog(pamh, LOG_INFO, "was given: %s", given);
    return password != NULL && strcmp(given, password) == 0 ? PAM_SUCCESS
                                                            : PAM_AUTH_ERR;
}

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
    (void)pamh;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_SUCCESS;
}
