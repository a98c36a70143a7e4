/*
 * prune.h - accesstoken prune: remove tokens that expired long ago.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_PRUNE_H
#define TOOLS_ACCESSTOKEN_COMMANDS_PRUNE_H

#include "tools/accesstoken/command.h"

/* Removes or lists them.  A local store only. */
enum exit_code command_prune(struct context *context);

#endif
