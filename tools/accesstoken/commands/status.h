/*
 * status.h - accesstoken status: show the state of the store, the daemon and
 * PAM.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_STATUS_H
#define TOOLS_ACCESSTOKEN_COMMANDS_STATUS_H

#include "tools/accesstoken/command.h"

/* Prints whatever can be read; the exit code is that of reading the tokens. */
enum exit_code command_status(struct context *context);

#endif
