/*
 * revoke.h - accesstoken revoke: revoke tokens by id, or all of a user.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_REVOKE_H
#define TOOLS_ACCESSTOKEN_COMMANDS_REVOKE_H

#include "tools/accesstoken/command.h"

/* Returns EXIT_OK if none of them is left. */
enum exit_code command_revoke(struct context *context);

#endif
