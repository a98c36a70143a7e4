/*
 * token_filter.c - decide whether a token belongs on a list.
 */
#include <config.h>

#include "tools/common/token_filter.h"

#include <string.h>

bool token_filter_is_set(const struct token_filter *filter) {
    return filter->status != NULL || filter->scope != NULL ||
           filter->name != NULL || filter->text != NULL;
}

const char *token_status_name(enum tokenstore_status status) {
    switch (status) {
    case TOKENSTORE_STATUS_ACTIVE:
        return "active";
    case TOKENSTORE_STATUS_DISABLED:
        return "disabled";
    case TOKENSTORE_STATUS_EXPIRED:
        return "expired";
    }
    return "?";
}

bool token_status_is_valid(const char *name) {
    static const enum tokenstore_status all[] = {TOKENSTORE_STATUS_ACTIVE,
                                                 TOKENSTORE_STATUS_DISABLED,
                                                 TOKENSTORE_STATUS_EXPIRED};

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        if (strcmp(token_status_name(all[i]), name) == 0)
            return true;
    return false;
}

static bool has_scope(const struct tokenstore_token *token,
                      const char *scope) {
    for (size_t i = 0; i < tokenstore_token_scope_count(token); i++)
        if (strcmp(tokenstore_token_scope(token, i), scope) == 0)
            return true;
    return false;
}

static bool contains(const struct tokenstore_token *token, const char *text) {
    const struct tokenstore_identity *user = tokenstore_token_user(token);
    const char *name = user != NULL ? tokenstore_identity_name(user) : NULL;

    if (strstr(tokenstore_token_name(token), text) != NULL ||
        (name != NULL && strstr(name, text) != NULL))
        return true;
    for (size_t i = 0; i < tokenstore_token_scope_count(token); i++)
        if (strstr(tokenstore_token_scope(token, i), text) != NULL)
            return true;
    return false;
}

bool token_filter_matches(const struct token_filter *filter,
                          const struct tokenstore_token *token, int64_t now) {
    const enum tokenstore_status status = tokenstore_token_status(token, now);

    return (filter->status == NULL ||
            strcmp(token_status_name(status), filter->status) == 0) &&
           (filter->scope == NULL || has_scope(token, filter->scope)) &&
           (filter->name == NULL ||
            strcmp(tokenstore_token_name(token), filter->name) == 0) &&
           (filter->text == NULL || contains(token, filter->text));
}
