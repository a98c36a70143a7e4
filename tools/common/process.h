/*
 * process.h - what every program here does first.  See process.c.
 */
#ifndef TOOLS_COMMON_PROCESS_H
#define TOOLS_COMMON_PROCESS_H

/* Descriptors 0, 1 and 2 open, signals that would end the process ignored,
 * nothing in the environment that weakens libtdb. */
void process_begin(void);

/* Secrets are in memory from now on: no core file, no debugger.  Again after
 * a change of user, which may undo it. */
void process_forbid_dumps(void);

#endif
