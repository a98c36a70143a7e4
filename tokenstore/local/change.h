/*
 * change.h - one change of a token: is it possible at all, and making it.
 * See change.c.
 */
#ifndef TOKENSTORE_LOCAL_CHANGE_H
#define TOKENSTORE_LOCAL_CHANGE_H

#include "tokenstore/file/tdb.h"
#include "tokenstore/values/token.h"

/* What can be said against it without looking at a store. */
enum tokenstore_error change_validate(const struct tokenstore_change *change,
                                      int64_t now);

/*
 * Make a valid change, inside a transaction.  On an error the transaction may
 * hold half of it; view_mark() tells.
 *   token   becomes what change->token is to be
 *   bearer  change->bearer is set where one is issued, even on an error
 */
enum tokenstore_error change_make(struct view *view,
                                  const struct tokenstore_limits *limits,
                                  struct tokenstore_change *change,
                                  int64_t now, struct tokenstore_token *token);

/* The error, and message, for an id that is not there. */
enum tokenstore_error change_not_found(struct message *message, uint64_t id);

#endif
