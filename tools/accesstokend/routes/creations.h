/*
 * creations.h - how many tokens a user issues in a time.
 */
#ifndef TOOLS_ACCESSTOKEND_ROUTES_CREATIONS_H
#define TOOLS_ACCESSTOKEND_ROUTES_CREATIONS_H

#include "tools/accesstokend/routes/call.h"

/*
 * Takes one new token from the share of the caller's user, if that is limited.
 * Returns false if the share is used up; the answer is then written.
 */
bool creations_take(const struct call *call, const struct limits *limits,
                    struct answer *answer);

/* Gives back what creations_take() took, if no token was issued. */
void creations_give_back(const struct call *call, const struct limits *limits);

#endif
