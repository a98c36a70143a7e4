/*
 * audit_line.c - the parts of the lines about changes that the tool and the
 * daemon have in common.  No part of a bearer token may ever get into this
 * file.
 */
#include <config.h>

#include "tools/common/audit_line.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#define SAFE                                                                  \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@._:-"

/* Room for a value: none is longer than a path. */
#define VALUE_SIZE (PATH_MAX + 16)

/* Writes a value, in which bearer tokens are masked. */
static size_t put_escaped(FILE *line, const char *safe, const char *given) {
    char masked[VALUE_SIZE];
    size_t length = 0;

    snprintf(masked, sizeof(masked), "%s", given);
    for (const char *value = tokenstore_mask(masked); *value != '\0'; value++)
        if (strchr(safe, *value) != NULL) {
            fputc(*value, line);
            length++;
        } else {
            length += (size_t)fprintf(line, "\\x%02x", (unsigned char)*value);
        }
    return length;
}

void audit_put(FILE *line, const char *key, const char *value) {
    fprintf(line, " %s=", key);
    put_escaped(line, SAFE, value);
}

void audit_put_user(FILE *line, const char *key,
                    const struct tokenstore_identity *user) {
    const char *name;
    uint32_t uid;

    if (user == NULL)
        return;
    name = tokenstore_identity_name(user);
    if (name == NULL && tokenstore_identity_uid(user, &uid))
        fprintf(line, " %s=uid:%" PRIu32, key, uid);
    else
        audit_put(line, key, name != NULL ? name : "?");
}

static void put_list(FILE *line, const char *key,
                     const struct tokenstore_token *token, size_t count,
                     const char *(*item)(const struct tokenstore_token *,
                                         size_t)) {
    size_t length = 0;

    if (count > 0)
        fprintf(line, " %s=", key);
    for (size_t i = 0; i < count; i++) {
        const char *text = item(token, i);

        if (i > 0)
            fputc(',', line);
        /* Scopes and networks are plain text, which is not longer escaped. */
        if (length + strlen(text) > AUDIT_LIST_MAX) {
            fprintf(line, "+%zu", count - i);
            return;
        }
        length += put_escaped(line, SAFE "/", text) + strlen(",");
    }
}

void audit_put_token(FILE *line, const struct tokenstore_token *token) {
    char end[TOKENSTORE_TIME_SIZE];

    put_list(line, "scopes", token, tokenstore_token_scope_count(token),
             tokenstore_token_scope);
    put_list(line, "networks", token, tokenstore_token_network_count(token),
             tokenstore_token_network);
    if (tokenstore_time_format(tokenstore_token_expiration_time(token), end) !=
        TOKENSTORE_OK)
        strcpy(end, "never");
    audit_put(line, "expires", end);
}

const char *audit_changed(unsigned int fields, bool enabled,
                          char text[static AUDIT_CHANGED_SIZE]) {
    const struct {
        unsigned int field;
        const char *word;
    } words[] = {
        {TOKENSTORE_FIELD_NAME, "name"},
        {TOKENSTORE_FIELD_EXPIRATION_TIME, "expires"},
        {TOKENSTORE_FIELD_ENABLED, enabled ? "enabled" : "disabled"},
        {TOKENSTORE_FIELD_SCOPES, "scopes"},
        {TOKENSTORE_FIELD_NETWORKS, "networks"},
    };
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if ((fields & words[i].field) != 0 && used < AUDIT_CHANGED_SIZE)
            used += (size_t)snprintf(text + used, AUDIT_CHANGED_SIZE - used,
                                     "%s%s", used == 0 ? "changed=" : ":",
                                     words[i].word);
    return text;
}
