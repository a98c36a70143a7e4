/*
 * credentials.c - the mark of a login by token in PAM's environment.
 */
#include <config.h>

#include "pam_accesstoken/credentials.h"

#include <inttypes.h>
#include <security/pam_appl.h>
#include <stdio.h>

#define MARK "ACCESSTOKEN_ID"

int credentials_mark(pam_handle_t *pamh, uint64_t id) {
    char entry[sizeof(MARK "=") + 20];

    snprintf(entry, sizeof(entry), MARK "=%" PRIu64, id);
    return pam_putenv(pamh, entry);
}

int credentials_unmark(pam_handle_t *pamh) {
    /* libpam logs an alert about a name that is not there. */
    return credentials_marked(pamh) ? pam_putenv(pamh, MARK) : PAM_SUCCESS;
}

bool credentials_marked(pam_handle_t *pamh) {
    return pam_getenv(pamh, MARK) != NULL;
}
