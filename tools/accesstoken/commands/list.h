/*
 * list.h - accesstoken list: list tokens in the order of their ids.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_LIST_H
#define TOOLS_ACCESSTOKEN_COMMANDS_LIST_H

#include "tools/accesstoken/command.h"

/* Prints a page or all tokens, as a table or as JSON; a notice says how to
 * continue. */
enum exit_code command_list(struct context *context);

#endif
