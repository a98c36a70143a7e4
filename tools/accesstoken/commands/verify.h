/*
 * verify.h - accesstoken verify: say whether a token is valid.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_VERIFY_H
#define TOOLS_ACCESSTOKEN_COMMANDS_VERIFY_H

#include "tools/accesstoken/command.h"

/* Reads it from standard input and prints its id and user; EXIT_REFUSED with
 * the reason on standard error if it is refused.  Never prints the token. */
enum exit_code command_verify(struct context *context);

#endif
