/*
 * status.h - routes about the daemon and the caller.
 */
#ifndef TOOLS_ACCESSTOKEND_ROUTES_STATUS_H
#define TOOLS_ACCESSTOKEND_ROUTES_STATUS_H

#include "tools/accesstokend/routes/call.h"

/* GET /v1/session/who-am-i: the user in whose name the caller acts. */
void handle_who_am_i(const struct call *call, struct answer *answer);

/* GET /healthz: 200 if tokens can be verified now. */
void handle_health(const struct call *call, struct answer *answer);

#endif
