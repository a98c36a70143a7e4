/*
 * rotate.h - accesstoken rotate: replace a token by one with a new secret.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_ROTATE_H
#define TOOLS_ACCESSTOKEN_COMMANDS_ROTATE_H

#include "tools/accesstoken/command.h"

/* Prints the new secret as "create" does.  If it cannot be written, the new
 * token stays, and an error says which one to rotate again. */
enum exit_code command_rotate(struct context *context);

#endif
