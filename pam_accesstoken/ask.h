/*
 * ask.h - get the user's name and the text that the user presents.
 */
#ifndef PAM_ACCESSTOKEN_ASK_H
#define PAM_ACCESSTOKEN_ASK_H

#include <security/pam_modules.h>

#include "pam_accesstoken/options.h"

/* Gets the user's name, and the text that the user presents, "" if there is
 * none.  Both belong to libpam.  Returns PAM_INCOMPLETE if the conversation is
 * not ready, PAM_AUTHTOK_ERR if it failed, and PAM_BUF_ERR if libpam cannot
 * keep the text. */
int ask(pam_handle_t *pamh, const struct options *options, const char **user,
        const char **text);

#endif
