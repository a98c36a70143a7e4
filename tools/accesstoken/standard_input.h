/*
 * standard_input.h - who reads standard input.
 */
#ifndef TOOLS_ACCESSTOKEN_STANDARD_INPUT_H
#define TOOLS_ACCESSTOKEN_STANDARD_INPUT_H

#include "tools/accesstoken/command.h"

/* Checks that at most one option or argument reads standard input.  Else
 * prints an error that names two of them, and returns EXIT_USAGE. */
enum exit_code standard_input_check(const struct context *context);

#endif
