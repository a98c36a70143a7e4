/*
 * check.h - accesstoken check: look for damage in the store.
 */
#ifndef TOOLS_ACCESSTOKEN_COMMANDS_CHECK_H
#define TOOLS_ACCESSTOKEN_COMMANDS_CHECK_H

#include "tools/accesstoken/command.h"

/* Prints what was found, on standard output; changes nothing.  EXIT_FAILED if
 * the store is damaged. */
enum exit_code command_check(struct context *context);

#endif
