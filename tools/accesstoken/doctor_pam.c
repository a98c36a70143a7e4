/*
 * doctor_pam.c - examine the PAM services that use the module.
 */
#include <config.h>

#include "tools/accesstoken/doctor_pam.h"

#include <stdio.h>

#include "tools/accesstoken/output.h"
#include "tools/accesstoken/pam_services.h"

#define COMMAND_SIZE 512

static void examine(struct findings *findings,
                    const struct pam_service *service) {
    char command[COMMAND_SIZE];

    snprintf(command, sizeof(command), "accesstoken pam remove %s",
             service->name);
    if (service->lacks_file && service->needs_file)
        finding(findings, FINDING_FAIL, "pam", NULL,
                "%s names %s, whose file is missing, so that every login "
                "fails; install the module, or change /etc/pam.d/%s",
                service->name, PAM_MODULE, service->name);
    else if (service->lacks_file)
        finding(findings, FINDING_FAIL, "pam", command,
                "%s names %s, whose file is missing; install the module, or "
                "take the lines out",
                service->name, PAM_MODULE);
    else if (service->needs_file)
        finding(findings, FINDING_WARN, "pam", "man pam_accesstoken",
                "%s fails if the file of the module is missing, which is "
                "right only for a service that accepts nothing but tokens",
                service->name);
}

void doctor_pam(struct findings *findings) {
    struct pam_services services = {0};
    size_t good = 0;

    if (!pam_services_read(&services))
        services.incomplete = true;
    for (size_t i = 0; i < services.count; i++) {
        examine(findings, &services.list[i]);
        good += !services.list[i].lacks_file;
    }
    if (services.incomplete)
        finding(findings, FINDING_WARN, "pam", "ls -l /etc/pam.d",
                "some files of PAM's services cannot be read");
    if (services.count == 0)
        finding(findings, FINDING_WARN, "pam", "accesstoken pam add SERVICE",
                "no service accepts tokens");
    else if (good > 0)
        finding(findings, FINDING_OK, "pam", NULL,
                "%zu service%s can load the module", good, plural(good));
    pam_services_free(&services);
}
