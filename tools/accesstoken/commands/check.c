/*
 * check.c - accesstoken check: look for damage in the store.
 */
#include <config.h>

#include "tools/accesstoken/commands/check.h"

#include "tools/accesstoken/arguments.h"
#include "tools/accesstoken/open_store.h"
#include "tools/accesstoken/store_check.h"

enum exit_code command_check(struct context *context) {
    enum exit_code code = expect_arguments(context, 0, NULL);

    if (code == EXIT_OK)
        code = open_store(context);
    return code == EXIT_OK ? store_check(context, false) : code;
}
