/*
 * compare.c - are two records those of one token, and how do they differ?
 * Compares what would be stored.  Must never call records the same if their
 * bytes are not.
 */
#include "tokenstore/local/compare.h"

#include <string.h>

#include "tokenstore/format/record.h"

bool compare_is_same_token(const struct tokenstore_token *a,
                           const struct tokenstore_token *b) {
    return a->creation_time == b->creation_time &&
           memcmp(a->hash, b->hash, sizeof(a->hash)) == 0;
}

static bool same_record(const struct tokenstore_token *a,
                        const struct tokenstore_token *b) {
    uint8_t bytes[RECORD_MAX], other[RECORD_MAX];
    size_t length, other_length;

    record_encode(a, bytes, &length);
    record_encode(b, other, &other_length);
    return length == other_length && memcmp(bytes, other, length) == 0;
}

/* Move one field of "from" to "to".  The order is that of the text. */
enum field { ENABLED, END, SCOPES, NETWORKS, NAME, USER, CREATOR, FIELDS };

static const char *const names[FIELDS] = {
    "enabled", "expiration_time", "scopes", "networks", "name",
    "user",    "creator"};

static void take(enum field field, const struct tokenstore_token *from,
                 struct tokenstore_token *to) {
    switch (field) {
    case ENABLED:
        to->enabled = from->enabled;
        break;
    case END:
        to->expiration_time = from->expiration_time;
        break;
    case SCOPES:
        to->scope_count = from->scope_count;
        memcpy(to->scopes, from->scopes, sizeof(to->scopes));
        break;
    case NETWORKS:
        to->network_count = from->network_count;
        memcpy(to->networks, from->networks, sizeof(to->networks));
        break;
    case NAME:
        memcpy(to->name, from->name, sizeof(to->name));
        break;
    case USER:
        to->user = from->user;
        break;
    case CREATOR:
        to->creator = from->creator;
        break;
    case FIELDS:
        break;
    }
}

static void add_name(char text[COMPARE_TEXT_SIZE], const char *name) {
    if (*text != '\0')
        strcat(text, ", ");
    strcat(text, name);
}

bool compare_differences(const struct tokenstore_token *a,
                         const struct tokenstore_token *b,
                         char text[COMPARE_TEXT_SIZE]) {
    struct tokenstore_token rest = *a;

    *text = '\0';
    for (enum field field = 0; field < FIELDS; field++) {
        struct tokenstore_token changed = *a;

        take(field, b, &changed);
        take(field, b, &rest);
        if (!same_record(a, &changed))
            add_name(text, names[field]);
    }
    if (!same_record(&rest, b)) /* a field that this file does not name */
        add_name(text, "record");
    return *text != '\0';
}
