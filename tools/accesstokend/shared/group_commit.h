/*
 * group_commit.h - changes that share a transaction.  See commit.c.
 */
#ifndef TOOLS_ACCESSTOKEND_SHARED_GROUP_COMMIT_H
#define TOOLS_ACCESSTOKEND_SHARED_GROUP_COMMIT_H

#include "tools/accesstokend/shared/shared.h"

/* NULL without memory. */
struct group_commit *group_commit_new(const char *store);
void group_commit_free(struct group_commit **group);

/*
 * A request is being handled that will, or may, ask for a change: those that
 * ask already wait a moment for it, and share the transaction.  Ends with the
 * request.
 */
void group_commit_announce(struct group_commit *group);
void group_commit_end(struct group_commit *group);

/* How many nanoseconds a change waits for those that have been announced; a
 * variable for the tests. */
extern long group_commit_patience;

/*
 * Make one change, together with those that others ask for meanwhile.  The
 * limits hold for all of them; NULL where the change needs none.
 * Returns when it is durable, or has failed: change->error says which.
 * false: too many are waiting, and nothing was done.
 */
bool group_commit_change(struct group_commit *group,
                         const struct tokenstore_limits *limits,
                         struct tokenstore_change *change);

#endif
