/*
 * create.h - accesstoken create: issue a token.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_CREATE_H
#define TOOLS_ACCESSTOKEN_COMMANDS_CREATE_H

#include "tools/accesstoken/command.h"

/* Prints the secret on standard output or writes it to a new file, and a
 * notice about the token.  Revokes the token again if the secret cannot be
 * written. */
enum exit_code command_create(struct context *context);

#endif
