/*
 * doctor_pam.h - what doctor finds out about the PAM services.
 */
#ifndef TOOLS_ACCESSTOKEN_DOCTOR_PAM_H
#define TOOLS_ACCESSTOKEN_DOCTOR_PAM_H

#include "tools/accesstoken/findings.h"

void doctor_pam(struct findings *findings);

#endif
