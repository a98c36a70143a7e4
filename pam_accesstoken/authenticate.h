/*
 * authenticate.h - the module's two decisions.  Both return what the
 * pam_sm_ function returns.
 */
#ifndef PAM_ACCESSTOKEN_AUTHENTICATE_H
#define PAM_ACCESSTOKEN_AUTHENTICATE_H

#include <security/pam_modules.h>

/* Is what was presented a token of PAM_USER that may be used here and now? */
int authenticate(pam_handle_t *pamh, int argc, const char **argv);

/* May the token that this handle authenticated still be used? */
int authenticate_again(pam_handle_t *pamh, int argc, const char **argv);

#endif
