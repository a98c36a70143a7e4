/*
 * doctor_machine.h - what doctor finds out about systemd's units, the
 * backups, the daemon and the limits.
 */
#ifndef TOOLS_ACCESSTOKEN_DOCTOR_MACHINE_H
#define TOOLS_ACCESSTOKEN_DOCTOR_MACHINE_H

#include "tools/accesstoken/findings.h"

void doctor_machine(struct findings *findings);

#endif
