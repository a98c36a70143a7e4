/*
 * verify.h - the route on which a proxy asks about a request.
 */
#ifndef TOOLS_ACCESSTOKEND_ROUTES_VERIFY_H
#define TOOLS_ACCESSTOKEND_ROUTES_VERIFY_H

#include "tools/accesstokend/routes/call.h"

/* /v1/auth/verify, by any method: 200 lets the request through. */
void handle_verify(const struct call *call, struct answer *answer);

#endif
