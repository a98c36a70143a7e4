/*
 * pam_output.h - the PAM services that use the module, for people and as JSON.
 */
#ifndef TOOLS_ACCESSTOKEN_PAM_OUTPUT_H
#define TOOLS_ACCESSTOKEN_PAM_OUTPUT_H

#include "tools/accesstoken/pam_services.h"
#include "tools/common/json_writer.h"

/* Prints a line about a service. */
void pam_service_print(const struct pam_service *service);

/* Writes one object. */
void pam_services_json(struct json_writer *json,
                       const struct pam_services *services);

#endif
