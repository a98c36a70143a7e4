/*
 * scopes.c - look at scopes.
 */
#include <config.h>

#include "tools/accesstokend/request/scopes.h"

#include <string.h>

bool scopes_have(const struct tokenstore_token *token, const char *scope) {
    const size_t count = tokenstore_token_scope_count(token);

    for (size_t i = 0; i < count; i++)
        if (strcmp(tokenstore_token_scope(token, i), scope) == 0)
            return true;
    return false;
}

void scopes_join(const struct tokenstore_token *token,
                 char text[SCOPES_SIZE]) {
    const size_t count = tokenstore_token_scope_count(token);

    *text = '\0';
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *text++ = ' ';
        text = stpcpy(text, tokenstore_token_scope(token, i));
    }
}
