/*
 * store_check.h - look for damage in a store.
 */
#ifndef TOOLS_ACCESSTOKEN_STORE_CHECK_H
#define TOOLS_ACCESSTOKEN_STORE_CHECK_H

#include <stdio.h>

#include "tools/accesstoken/command.h"

/* Reads the whole store in a process of its own, and writes lines about what
 * was found to "findings"; NULL: prints nothing, not even errors.  EXIT_FAILED
 * if the store is damaged. */
enum exit_code store_check(struct context *context, FILE *findings);

#endif
