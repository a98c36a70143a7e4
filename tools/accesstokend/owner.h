/*
 * owner.h - the store's owner, as whom the daemon runs.
 */
#ifndef TOOLS_ACCESSTOKEND_OWNER_H
#define TOOLS_ACCESSTOKEND_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

/* Finds the owner of the store's directory or, if the directory is missing,
 * the user who will make it: this process's.  Returns false after logging
 * why. */
bool owner_find(const char *store, uid_t *owner);

/* Changes to this user, which only root can, with the user's groups.  Returns
 * false after logging why. */
bool owner_become(uid_t owner);

/*
 * Acts as this user, with the user's groups, until owner_act_end(); new files
 * get this group ((gid_t)-1: the user's own).  Does nothing in a process that
 * is not root's.  Returns false after logging why; owner_act_end() is needed
 * in any case.  Only for the start: it concerns all threads.
 */
bool owner_act(uid_t owner, gid_t group);
void owner_act_end(void);

#endif
