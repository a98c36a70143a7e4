/*
 * error.c - the fixed texts of the library: errors, reasons, its version and
 * default path.  Every text is static; none may ever contain data of a caller.
 */
#include <config.h>

#include "tokenstore/tokenstore.h"

/* There is no default, so that the compiler warns of an error without a text.
 */
const char *tokenstore_strerror(enum tokenstore_error error) {
    switch (error) {
    case TOKENSTORE_OK:
        return "success";
    case TOKENSTORE_ERROR_INVALID_ARGUMENT:
        return "invalid argument";
    case TOKENSTORE_ERROR_INVALID_BEARER:
        return "not an access token";
    case TOKENSTORE_ERROR_INVALID_IDENTITY:
        return "not a user: expected a name, uid:N, auth_id:N, sid:S-..., "
               "local:NAME, ad:NAME or DOMAIN\\NAME, without contradiction";
    case TOKENSTORE_ERROR_INVALID_TIME:
        return "not a time: expected 2027-01-31T12:00:00Z, 2027-01-31, a "
               "duration such as 90d or 12h, or never";
    case TOKENSTORE_ERROR_INVALID_NAME:
        return "not a token name: expected at most 128 bytes of UTF-8 "
               "without control characters";
    case TOKENSTORE_ERROR_INVALID_SCOPE:
        return "not a scope: expected 1 to 64 of a-z, 0-9 and . _ : -";
    case TOKENSTORE_ERROR_INVALID_NETWORK:
        return "not a network: expected an IPv4 or IPv6 address or CIDR "
               "block such as 192.0.2.0/24";
    case TOKENSTORE_ERROR_TIME_RANGE:
        return "the time is in the past or beyond the year 9999";
    case TOKENSTORE_ERROR_TOO_MANY:
        return "too many scopes or networks: a token has at most 32 of each";
    case TOKENSTORE_ERROR_NO_SUCH_USER:
        return "no such user";
    case TOKENSTORE_ERROR_USER_EXISTS:
        return "a virtual user cannot have the name of an account";
    case TOKENSTORE_ERROR_NOT_A_USER:
        return "groups, WORLD and special domains cannot have access tokens";
    case TOKENSTORE_ERROR_IDENTITY_MISMATCH:
        return "the fields given do not describe one and the same account";
    case TOKENSTORE_ERROR_NSS_UNAVAILABLE:
        return "the name service does not say whether the user exists; see "
               "passwd: in /etc/nsswitch.conf";
    case TOKENSTORE_ERROR_NOT_FOUND:
        return "no such access token";
    case TOKENSTORE_ERROR_REFUSED:
        return "access token refused";
    case TOKENSTORE_ERROR_MISSING:
        return "the token store does not exist";
    case TOKENSTORE_ERROR_PERMISSION:
        return "permission denied to the token store";
    case TOKENSTORE_ERROR_UNSAFE:
        return "the token store is unsafe: others could read or change it";
    case TOKENSTORE_ERROR_UNAVAILABLE:
        return "the token store cannot be used now";
    case TOKENSTORE_ERROR_BUSY:
        return "the token store is busy";
    case TOKENSTORE_ERROR_DAMAGED:
        return "the token store is damaged";
    case TOKENSTORE_ERROR_NEWER_FORMAT:
        return "the token store was written by a later version";
    case TOKENSTORE_ERROR_FULL:
        return "the token store is full";
    case TOKENSTORE_ERROR_EXISTS:
        return "the file exists already";
    case TOKENSTORE_ERROR_CONFLICT:
        return "revoked tokens could become valid again: this needs "
               "explicit consent";
    case TOKENSTORE_ERROR_OUTCOME_UNKNOWN:
        return "the disk failed: the change may or may not stand";
    case TOKENSTORE_ERROR_NO_MEMORY:
        return "out of memory";
    case TOKENSTORE_ERROR_IO:
        return "the disk failed: nothing was changed";
    case TOKENSTORE_ERROR_LIMIT:
        return "more than the limits permit";
    case TOKENSTORE_ERROR_UNSUPPORTED:
        return "this token store cannot do that";
    case TOKENSTORE_ERROR_FORBIDDEN:
        return "not permitted for this access token";
    }
    return "unknown error";
}

const char *tokenstore_reason_name(enum tokenstore_reason reason) {
    switch (reason) {
    case TOKENSTORE_REASON_NONE:
        return "none";
    case TOKENSTORE_REASON_UNKNOWN:
        return "unknown";
    case TOKENSTORE_REASON_SECRET:
        return "secret";
    case TOKENSTORE_REASON_DISABLED:
        return "disabled";
    case TOKENSTORE_REASON_EXPIRED:
        return "expired";
    case TOKENSTORE_REASON_USER:
        return "user";
    case TOKENSTORE_REASON_SCOPE:
        return "scope";
    case TOKENSTORE_REASON_NETWORK:
        return "network";
    case TOKENSTORE_REASON_INVALID:
        return "invalid";
    case TOKENSTORE_REASON_MALFORMED:
        return "malformed";
    }
    return "invalid";
}

const char *tokenstore_version(void) { return PACKAGE_VERSION; }

const char *tokenstore_default_path(void) { return STATEDIR "/tokens.tdb"; }
