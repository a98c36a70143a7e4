/*
 * store_check.h - look for damage in a store.
 */
#ifndef TOOLS_ACCESSTOKEN_STORE_CHECK_H
#define TOOLS_ACCESSTOKEN_STORE_CHECK_H

#include "tools/accesstoken/command.h"

/* Reads the whole store in a process of its own, and prints what was found and
 * every error, unless it is to be quiet.  EXIT_FAILED if it is damaged. */
enum exit_code store_check(struct context *context, bool quiet);

#endif
