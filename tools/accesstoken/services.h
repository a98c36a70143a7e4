/*
 * services.h - which PAM services of this machine use the module.
 */
#ifndef TOOLS_ACCESSTOKEN_SERVICES_H
#define TOOLS_ACCESSTOKEN_SERVICES_H

#include <stdbool.h>
#include <stddef.h>

struct service {
    char *name;
    bool auth;
    bool account;
    bool needs_file; /* a line fails where the module's file is missing */
};

struct services {
    struct service *list; /* by name */
    size_t count;
    bool incomplete; /* something was not read */
};

/* Read what libpam would read.  False without memory. */
bool services_read(struct services *services);

void services_free(struct services *services);

#endif
