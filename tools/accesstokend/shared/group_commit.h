/*
 * group_commit.h - changes of several requests in one transaction.
 */
#ifndef TOOLS_ACCESSTOKEND_SHARED_GROUP_COMMIT_H
#define TOOLS_ACCESSTOKEND_SHARED_GROUP_COMMIT_H

#include <stdbool.h>

#include "tokenstore/tokenstore.h"

struct group_commit;

/* store is a path.  Returns NULL without memory. */
struct group_commit *group_commit_new(const char *store);

/* After the last request has ended. */
void group_commit_free(struct group_commit **group);

/*
 * Announces a request that will, or may, make a change: changes that are ready
 * wait a moment for it, so that they can share its transaction.  Call
 * group_commit_end() when the request ends.
 */
void group_commit_announce(struct group_commit *group);
void group_commit_end(struct group_commit *group);

/* How many nanoseconds a change waits for those that were announced; a
 * variable for the tests. */
extern long group_commit_patience;

/*
 * Makes one change of a request that was announced, together with the changes
 * of other threads.  The limits apply to all of them; NULL: this change needs
 * no limits.  Returns true when the change is durable or has failed:
 * change->error says which.  Returns false if too many changes are waiting;
 * nothing was done then.
 */
bool group_commit_change(struct group_commit *group,
                         const struct tokenstore_limits *limits,
                         struct tokenstore_change *change);

#endif
