/*
 * call.h - what the handler of a route is given, and the checks that several
 * handlers share.
 */
#ifndef TOOLS_ACCESSTOKEND_ROUTES_CALL_H
#define TOOLS_ACCESSTOKEND_ROUTES_CALL_H

#include "tools/accesstokend/auth/caller.h"
#include "tools/accesstokend/request/answer.h"
#include "tools/accesstokend/request/request.h"
#include "tools/accesstokend/request/target.h"
#include "tools/accesstokend/shared/shared.h"

struct call {
    struct shared *shared;
    const struct request *request;
    const struct fields *query;  /* decoded */
    const struct caller *caller; /* NULL if the route needs no caller */
    uint64_t id;                 /* {id} in the path, else 0 */
};

/* Every handler has this type, and a header of its own.  It runs in any
 * thread, and writes the whole answer. */
typedef void call_handler(const struct call *call, struct answer *answer);

/* Returns true if the body is of this media type, or missing; else the answer
 * is 415. */
bool call_body_is(const struct call *call, const char *type,
                  struct answer *answer);

/* Returns true if every field is one of these count keys and none is given
 * twice; else the answer is 400.  A key that is NULL ends the list. */
bool call_fields_are_known(const struct fields *fields,
                           const char *const *keys, size_t count,
                           struct answer *answer);

#endif
