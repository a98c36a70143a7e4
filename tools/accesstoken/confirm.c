/*
 * confirm.c - ask on the terminal.
 */
#include <config.h>

#include "tools/accesstoken/confirm.h"

#include <stdio.h>
#include <string.h>

bool confirm(const char *question) {
    char answer[8];

    fprintf(stderr, "%s? (y/N): ", question);
    fflush(stderr);
    return fgets(answer, sizeof(answer), stdin) != NULL &&
           (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0);
}
