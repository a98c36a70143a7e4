/*
 * pam_record.c - stands in for other modules in the stacks of the tests, and
 * logs each call.  For tests only: it logs passwords.
 *
 *   name=NAME            the module in whose place it stands
 *   user=USER:PASSWORD   ask for a password, which must be this one; may be
 *                        given for several users, and others are unknown
 *   only=USER            ask for nothing, and succeed for this user; may be
 *                        given several times
 *   ignored              in both steps of auth, after that: be ignored
 */
#include <config.h>

#pragma GCC visibility push(default)
#include <security/pam_modules.h>
#pragma GCC visibility pop

#include <security/pam_ext.h>
#include <stdbool.h>
#include <string.h>
#include <syslog.h>

/* Returns what follows "NAME=" in the option, or NULL if it is another. */
static const char *value(const char *name, const char *option) {
    size_t length = strlen(name);

    if (strncmp(name, option, length) != 0 || option[length] != '=')
        return NULL;
    return option + length + 1;
}

static bool has(const char *word, int argc, const char **argv) {
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], word) == 0)
            return true;
    return false;
}

static const char *name_of(int argc, const char **argv) {
    for (int i = 0; i < argc; i++)
        if (value("name", argv[i]) != NULL)
            return value("name", argv[i]);
    return "?";
}

/* Returns the password of the user, NULL if no option has one. */
static const char *password_of(const char *user, int argc, const char **argv) {
    const size_t length = strlen(user);

    for (int i = 0; i < argc; i++) {
        const char *account = value("user", argv[i]);

        if (account != NULL && strncmp(account, user, length) == 0 &&
            account[length] == ':')
            return account + length + 1;
    }
    return NULL;
}

static int ask(pam_handle_t *pamh, const char *user, int argc,
               const char **argv) {
    const char *password = password_of(user, argc, argv);
    const char *given = NULL;
    int code = pam_get_authtok(pamh, PAM_AUTHTOK, &given, NULL);

    pam_syslog(pamh, LOG_INFO, "%s: %s, %s", name_of(argc, argv), user,
               given != NULL ? given : "no answer");
    if (code != PAM_SUCCESS)
        return PAM_AUTH_ERR;
    if (password == NULL)
        return PAM_USER_UNKNOWN;
    return strcmp(given, password) == 0 ? PAM_SUCCESS : PAM_AUTH_ERR;
}

static int look(pam_handle_t *pamh, const char *user, int argc,
                const char **argv) {
    pam_syslog(pamh, LOG_INFO, "%s: %s", name_of(argc, argv), user);
    for (int i = 0; i < argc; i++)
        if (value("only", argv[i]) != NULL &&
            strcmp(value("only", argv[i]), user) == 0)
            return PAM_SUCCESS;
    return has("ignored", argc, argv) ? PAM_IGNORE : PAM_AUTH_ERR;
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
                        const char **argv) {
    const char *user = NULL;

    (void)flags;
    if (pam_get_user(pamh, &user, NULL) != PAM_SUCCESS)
        return PAM_USER_UNKNOWN;
    for (int i = 0; i < argc; i++)
        if (value("user", argv[i]) != NULL)
            return ask(pamh, user, argc, argv);
    return look(pamh, user, argc, argv);
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc,
                   const char **argv) {
    pam_syslog(pamh, LOG_INFO, "%s: flags %#x", name_of(argc, argv),
               (unsigned int)flags);
    return has("ignored", argc, argv) ? PAM_IGNORE : PAM_SUCCESS;
}

int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc,
                     const char **argv) {
    (void)flags;
    pam_syslog(pamh, LOG_INFO, "%s", name_of(argc, argv));
    return PAM_SUCCESS;
}
