/*
 * list_choice.h - which tokens belong on the list that a caller asks for.
 */
#ifndef TOOLS_ACCESSTOKEND_ROUTES_LIST_CHOICE_H
#define TOOLS_ACCESSTOKEND_ROUTES_LIST_CHOICE_H

#include "tools/accesstokend/auth/caller.h"
#include "tools/accesstokend/request/list_query.h"

/* Decides whether the caller may read the token and has asked for it.  May ask
 * the store for the issuers of the token; returns its error. */
enum tokenstore_error list_choose(const struct caller *caller,
                                  const struct list_query *query,
                                  struct tokenstore *store,
                                  const struct tokenstore_token *token,
                                  int64_t now, bool *chosen);

#endif
