/*
 * introspect.h - OAuth 2.0 token introspection (RFC 7662).
 */
#ifndef TOOLS_ACCESSTOKEND_ROUTES_INTROSPECT_H
#define TOOLS_ACCESSTOKEND_ROUTES_INTROSPECT_H

#include "tools/accesstokend/routes/call.h"

/* POST /v1/auth/introspect. */
void handle_introspect(const struct call *call, struct answer *answer);

#endif
