/*
 * codes.c - the codes that PAM gets for errors and reasons of the library.
 * Must never turn an error into PAM_SUCCESS.  Names every error and every
 * reason, so that the compiler reports a new one that has no code here.
 */
#include <config.h>

#include "pam_accesstoken/codes.h"

#include <security/pam_modules.h>

int code_of_error(enum tokenstore_error error) {
    switch (error) {
    case TOKENSTORE_OK:
        return PAM_SUCCESS;
    case TOKENSTORE_ERROR_REFUSED:
        return PAM_AUTH_ERR;
    case TOKENSTORE_ERROR_INVALID_BEARER:
        return PAM_CRED_INSUFFICIENT;
    case TOKENSTORE_ERROR_NO_MEMORY:
        return PAM_BUF_ERR;
    /* The store gives no answer. */
    case TOKENSTORE_ERROR_NSS_UNAVAILABLE:
    case TOKENSTORE_ERROR_MISSING:
    case TOKENSTORE_ERROR_PERMISSION:
    case TOKENSTORE_ERROR_UNSAFE:
    case TOKENSTORE_ERROR_UNAVAILABLE:
    case TOKENSTORE_ERROR_BUSY:
    case TOKENSTORE_ERROR_DAMAGED:
    case TOKENSTORE_ERROR_NEWER_FORMAT:
    case TOKENSTORE_ERROR_OUTCOME_UNKNOWN:
    case TOKENSTORE_ERROR_IO:
        return PAM_AUTHINFO_UNAVAIL;
    /* Verification does not return these for a token: the cause is this
     * module or its configuration. */
    case TOKENSTORE_ERROR_INVALID_ARGUMENT:
    case TOKENSTORE_ERROR_INVALID_IDENTITY:
    case TOKENSTORE_ERROR_INVALID_TIME:
    case TOKENSTORE_ERROR_INVALID_NAME:
    case TOKENSTORE_ERROR_INVALID_SCOPE:
    case TOKENSTORE_ERROR_INVALID_NETWORK:
    case TOKENSTORE_ERROR_TIME_RANGE:
    case TOKENSTORE_ERROR_TOO_MANY:
    case TOKENSTORE_ERROR_NO_SUCH_USER:
    case TOKENSTORE_ERROR_USER_EXISTS:
    case TOKENSTORE_ERROR_NOT_A_USER:
    case TOKENSTORE_ERROR_IDENTITY_MISMATCH:
    case TOKENSTORE_ERROR_NOT_FOUND:
    case TOKENSTORE_ERROR_FULL:
    case TOKENSTORE_ERROR_EXISTS:
    case TOKENSTORE_ERROR_CONFLICT:
    case TOKENSTORE_ERROR_LIMIT:
    case TOKENSTORE_ERROR_UNSUPPORTED:
    case TOKENSTORE_ERROR_FORBIDDEN:
        return PAM_SERVICE_ERR;
    }
    return PAM_SERVICE_ERR;
}

int code_of_reason(enum tokenstore_reason reason) {
    switch (reason) {
    /* The token was good and no longer is: revoked, disabled or expired. */
    case TOKENSTORE_REASON_UNKNOWN:
    case TOKENSTORE_REASON_DISABLED:
    case TOKENSTORE_REASON_EXPIRED:
    case TOKENSTORE_REASON_INVALID:
        return PAM_ACCT_EXPIRED;
    /* The handle now names another user, service or host. */
    case TOKENSTORE_REASON_NONE:
    case TOKENSTORE_REASON_SECRET:
    case TOKENSTORE_REASON_USER:
    case TOKENSTORE_REASON_SCOPE:
    case TOKENSTORE_REASON_NETWORK:
    case TOKENSTORE_REASON_MALFORMED:
        return PAM_PERM_DENIED;
    }
    return PAM_PERM_DENIED;
}
