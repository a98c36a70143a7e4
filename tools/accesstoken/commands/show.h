/*
 * show.h - accesstoken show: show everything about one token.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_SHOW_H
#define TOOLS_ACCESSTOKEN_COMMANDS_SHOW_H

#include "tools/accesstoken/command.h"

/* Prints "key: value" lines or JSON. */
enum exit_code command_show(struct context *context);

#endif
