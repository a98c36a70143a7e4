/*
 * pam_place.h - where the module's lines stand in the file of a service.
 */
#ifndef TOOLS_ACCESSTOKEN_PAM_PLACE_H
#define TOOLS_ACCESSTOKEN_PAM_PLACE_H

#include "tools/accesstoken/errors.h"
#include "tools/accesstoken/pam_files.h"

/* What stands between the type and the module in the lines of the module. */
#define PAM_AUTH_CONTROL                                                      \
    "success=done authtok_err=ignore module_unknown=ignore "                  \
    "cred_insufficient=ignore default=die"
#define PAM_ACCOUNT_CONTROL                                                   \
    "success=ok ignore=ignore module_unknown=ignore default=bad"

/* Lines of the service's own file, from 1. */
struct pam_place {
    unsigned int auth;    /* the new line stands before this one */
    unsigned int account; /* the same; 0: the service has no account lines */
};

/*
 * Finds the places of both lines in the file of a service that does not use
 * the module.  EXIT_CONFLICT, with an error that names the line, if a token
 * would pass by a line that limits who may log in, or if the file has no place
 * that is safe.
 */
enum exit_code pam_place_find(const struct pam_files *files,
                              const char *service, struct pam_place *place);

#endif
