/*
 * dispatch.h - from a request to its answer.
 */
#ifndef TOOLS_ACCESSTOKEND_ROUTES_DISPATCH_H
#define TOOLS_ACCESSTOKEND_ROUTES_DISPATCH_H

#include "tools/accesstokend/request/answer.h"
#include "tools/accesstokend/request/request.h"
#include "tools/accesstokend/shared/shared.h"

/* Does everything but HTTP itself; the answer must be initialised.  Any number
 * of threads may call it at the same time. */
void dispatch(struct shared *shared, const struct request *request,
              struct answer *answer);

#endif
