/*
 * group_commit.h - changes that share a transaction.  See commit.c.
 */
#ifndef TOOLS_ACCESSTOKEND_SHARED_GROUP_COMMIT_H
#define TOOLS_ACCESSTOKEND_SHARED_GROUP_COMMIT_H

#include "tools/accesstokend/shared/shared.h"

/* NULL without memory. */
struct committer *committer_new(const char *store);
void committer_free(struct committer **committer);

/*
 * A request is being handled that will, or may, ask for a change: those that
 * ask already wait a moment for it, and share the transaction.  Ends with the
 * request.
 */
void commit_announce(struct committer *committer);
void commit_end(struct committer *committer);

/* How many nanoseconds a change waits for those that have been announced; a
 * variable for the tests. */
extern long commit_patience;

/*
 * Make one change, together with those that others ask for meanwhile.  The
 * limits hold for all of them; NULL where the change needs none.
 * Returns when it is durable, or has failed: change->error says which.
 * false: too many are waiting, and nothing was done.
 */
bool commit_change(struct committer *committer,
                   const struct tokenstore_limits *limits,
                   struct tokenstore_change *change);

#endif
