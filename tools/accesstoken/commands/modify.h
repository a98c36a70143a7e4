/*
 * modify.h - accesstoken modify: change a token.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_MODIFY_H
#define TOOLS_ACCESSTOKEN_COMMANDS_MODIFY_H

#include "tools/accesstoken/command.h"

/* Changes the name, expiration time, enabled flag, scopes or networks.  The
 * user and the secret of a token cannot be changed. */
enum exit_code command_modify(struct context *context);

#endif
