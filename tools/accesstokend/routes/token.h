/*
 * token.h - the routes of one access token.
 */
#ifndef TOOLS_ACCESSTOKEND_ROUTES_TOKEN_H
#define TOOLS_ACCESSTOKEND_ROUTES_TOKEN_H

#include "tools/accesstokend/routes/call.h"

/* GET, PATCH and DELETE /v1/auth/access-tokens/{id}. */
void handle_show(const struct call *call, struct answer *answer);
void handle_modify(const struct call *call, struct answer *answer);
void handle_revoke(const struct call *call, struct answer *answer);

/* POST /v1/auth/access-tokens/: issues a token. */
void handle_create(const struct call *call, struct answer *answer);

/* POST /v1/auth/access-tokens/{id}/rotate: issues its successor. */
void handle_rotate(const struct call *call, struct answer *answer);

#endif
