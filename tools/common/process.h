/*
 * process.h - what every program here does first.
 */
#ifndef TOOLS_COMMON_PROCESS_H
#define TOOLS_COMMON_PROCESS_H

/* Makes sure that descriptors 0, 1 and 2 are open, ignores the signals of
 * closed pipes and of file size limits, and removes the variable that stops
 * libtdb from syncing.  Ends the process if /dev/null cannot be opened. */
void process_begin(void);

/* Forbids core files and debuggers, because secrets will be in memory.  Call
 * it again after a change of user, which may undo it. */
void process_forbid_dumps(void);

#endif
