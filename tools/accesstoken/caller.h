/*
 * caller.h - who runs the tool, for the creator of a token and for the audit
 * log.  No right depends on it, so no failure here stops a command.
 */
#ifndef TOOLS_ACCESSTOKEN_CALLER_H
#define TOOLS_ACCESSTOKEN_CALLER_H

#include <stdint.h>

#include "tokenstore/tokenstore.h"

/* The login uid if nobody logged in (a boot job, a container). */
#define CALLER_NO_LOGIN UINT32_MAX

struct caller {
    uint32_t uid;       /* the real uid */
    uint32_t login_uid; /* who logged in, before sudo; or CALLER_NO_LOGIN */
    struct tokenstore_identity *identity; /* NULL if there is no memory */
};

/* Call caller_free() afterwards. */
void caller_get(struct caller *caller);
void caller_free(struct caller *caller);

#endif
