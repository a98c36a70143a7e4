/*
 * units.h - what systemd says of the units of this project.
 */
#ifndef TOOLS_ACCESSTOKEN_UNITS_H
#define TOOLS_ACCESSTOKEN_UNITS_H

#include <stdbool.h>

enum {
    UNIT_RECOVER,
    UNIT_BACKUP_TIMER,
    UNIT_BACKUP,
    UNIT_PRUNE_TIMER,
    UNIT_PRUNE,
    UNIT_DAEMON,
    UNIT_API_SOCKET,
    UNIT_VERIFY_SOCKET,
    UNITS
};

struct unit {
    bool installed;
    bool enabled; /* starts when the machine starts */
    bool active;
    bool failed;
};

/* Asks systemctl, and waits 10 seconds at most.  Returns false if it does not
 * answer, for example because systemd does not run here. */
bool units_read(struct unit units[static UNITS]);

#endif
