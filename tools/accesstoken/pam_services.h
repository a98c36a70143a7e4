/*
 * pam_services.h - the PAM services of this machine that use the module, and
 * those by which people log in.
 */
#ifndef TOOLS_ACCESSTOKEN_PAM_SERVICES_H
#define TOOLS_ACCESSTOKEN_PAM_SERVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/accesstoken/pam_files.h"

struct pam_service {
    char *name;
    bool auth;
    bool account;
    bool needs_file; /* a line fails if the module's file is missing */
    bool lacks_file; /* a line names a file that does not exist */
    bool asks;       /* an auth line asks people who they are */
};

struct pam_services {
    struct pam_service *list; /* sorted by name */
    size_t count;
    char **logins; /* by which people log in, with or without the module */
    size_t login_count;
    bool incomplete; /* some files could not be read */
};

/* Reads one service, without its name, which need not use the module.  Returns
 * false if some files could not be read. */
bool pam_service_read(const struct pam_files *files, const char *name,
                      struct pam_service *service);

/* Reads the files that libpam would read, into zero-initialised services; call
 * pam_services_free() in any case.  Returns false without memory. */
bool pam_services_read(struct pam_services *services);

void pam_services_free(struct pam_services *services);

#endif
