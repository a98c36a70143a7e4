/*
 * confirm.h - ask on the terminal before something that cannot be undone.
 */
#ifndef TOOLS_ACCESSTOKEN_CONFIRM_H
#define TOOLS_ACCESSTOKEN_CONFIRM_H

#include <stdbool.h>

/* Prints "QUESTION? (y/N): " and returns whether the answer is yes. */
bool confirm(const char *question);

#endif
