/*
 * token_list.h - the route that lists access tokens.
 */
#ifndef TOOLS_ACCESSTOKEND_ROUTES_TOKEN_LIST_H
#define TOOLS_ACCESSTOKEND_ROUTES_TOKEN_LIST_H

#include "tools/accesstokend/routes/call.h"

/* GET /v1/auth/access-tokens/: one page. */
void handle_list(const struct call *call, struct answer *answer);

#endif
