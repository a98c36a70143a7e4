/*
 * pam.h - accesstoken pam: show and change which PAM services accept tokens.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_PAM_H
#define TOOLS_ACCESSTOKEN_COMMANDS_PAM_H

#include "tools/accesstoken/command.h"

enum exit_code command_pam(struct context *context);

#endif
