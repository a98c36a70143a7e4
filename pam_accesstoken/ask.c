/*
 * ask.c - get the user's name and the text that the user presents.
 * Must neither log the text nor keep a copy of it.
 */
#include <config.h>

#include "pam_accesstoken/ask.h"

#include <libintl.h>
#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "pam_accesstoken/log.h"
#include "tokenstore/tokenstore.h"

/* Returns the code of the module for one that libpam got from the conversation
 * of the application, which may be any: PAM_IGNORE would skip this module, and
 * PAM_NEW_AUTHTOK_REQD would count as a success. */
static int code_of_conversation(int code) {
    switch (code) {
    case PAM_SUCCESS:
        return PAM_SUCCESS;
    /* The application calls pam_authenticate again when it has the answer. */
    case PAM_CONV_AGAIN:
    case PAM_INCOMPLETE:
        return PAM_INCOMPLETE;
    default:
        return PAM_AUTHTOK_ERR;
    }
}

/* Asks for the token, unless PAM_AUTHTOK has something already.  Does what
 * pam_get_authtok does, which would not tell that the conversation is not
 * ready. */
static int ask_for_token(pam_handle_t *pamh, const char *prompt) {
    char *answer = NULL;
    int code;

    if (log_item(pamh, PAM_AUTHTOK) != NULL)
        return PAM_SUCCESS;
    if (prompt == NULL)
        prompt = dgettext("Linux-PAM", "Password: ");
    code = pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer, "%s", prompt);
    if (code == PAM_SUCCESS && answer == NULL)
        code = PAM_CONV_ERR;
    if (code != PAM_SUCCESS)
        return code_of_conversation(code);
    code = pam_set_item(pamh, PAM_AUTHTOK, answer);
    tokenstore_wipe(answer, strlen(answer));
    free(answer);
    return code;
}

int ask(pam_handle_t *pamh, const struct options *options, const char **user,
        const char **text) {
    int code = code_of_conversation(pam_get_user(pamh, user, NULL));

    if (code == PAM_SUCCESS && !options->use_first_pass)
        code = ask_for_token(pamh, options->prompt);
    if (code != PAM_SUCCESS && options->debug)
        pam_syslog(pamh, LOG_DEBUG, "no answer from the user: %s",
                   pam_strerror(pamh, code));
    /* The conversation may have changed every item, so what was read before it
     * may be freed memory. */
    *user = log_item(pamh, PAM_USER);
    *text = log_item(pamh, PAM_AUTHTOK);
    if (*text == NULL)
        *text = "";
    return code;
}
