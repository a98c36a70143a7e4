/*
 * scope.c - is a text a scope?  The library decides, so that no program has
 * its own copy of the rule.
 */
#include <config.h>

#include "tools/common/scope.h"

enum tokenstore_error scope_check(const char *text) {
    struct tokenstore_token *token = NULL;
    enum tokenstore_error error = tokenstore_token_new(&token);

    if (error == TOKENSTORE_OK)
        error = tokenstore_token_add_scope(token, text);
    tokenstore_token_free(&token);
    return error;
}
