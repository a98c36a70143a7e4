/*
 * limits.h - accesstoken limits: print the limits that apply.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_LIMITS_H
#define TOOLS_ACCESSTOKEN_COMMANDS_LIMITS_H

#include "tools/accesstoken/command.h"

/* Prints the limits and the file that sets them.  Opens no store. */
enum exit_code command_limits(struct context *context);

#endif
