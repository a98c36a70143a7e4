/*
 * authenticate.h - the module's two decisions.  Both return what the
 * pam_sm_ function returns.
 */
#ifndef PAM_ACCESSTOKEN_AUTHENTICATE_H
#define PAM_ACCESSTOKEN_AUTHENTICATE_H

#include <security/pam_modules.h>
#include <stdbool.h>

/* Is what was presented a token of PAM_USER that may be used here and now? */
int authenticate(pam_handle_t *pamh, int argc, const char **argv);

/* May the token that this handle authenticated still be used?  Says when
 * it expires, if that is soon, unless it has to be silent. */
int authenticate_again(pam_handle_t *pamh, bool silent, int argc,
                       const char **argv);

#endif
