/*
 * audit.h - the line about a change, for the authpriv log; accesstokend(8)
 * documents it.  It never contains a secret.
 */
#ifndef TOOLS_ACCESSTOKEND_ROUTES_AUDIT_H
#define TOOLS_ACCESSTOKEND_ROUTES_AUDIT_H

#include "tools/accesstokend/routes/call.h"

/* Writes answer->audit if the change was made, or may have been made. */
void audit_change(const struct call *call,
                  const struct tokenstore_change *change,
                  struct answer *answer);

#endif
