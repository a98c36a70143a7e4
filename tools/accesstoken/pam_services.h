/*
 * pam_services.h - which PAM services of this machine use the module.
 */
#ifndef TOOLS_ACCESSTOKEN_PAM_SERVICES_H
#define TOOLS_ACCESSTOKEN_PAM_SERVICES_H

#include <stdbool.h>
#include <stddef.h>

struct pam_service {
    char *name;
    bool auth;
    bool account;
    bool needs_file; /* a line fails where the module's file is missing */
};

struct pam_services {
    struct pam_service *list; /* by name */
    size_t count;
    bool incomplete; /* something was not read */
};

/* Read what libpam would read.  False without memory. */
bool pam_services_read(struct pam_services *services);

void pam_services_free(struct pam_services *services);

#endif
