/*
 * call.c - checks that several handlers share.
 */
#include <config.h>

#include "tools/accesstokend/routes/call.h"

#include <string.h>

bool call_body_is(const struct call *call, const char *type,
                  struct answer *answer) {
    if (request_body_is(call->request, type))
        return true;
    answer_error(answer, 415, "the body must be %s", type);
    return false;
}

static bool is_known(const char *key, const char *const *keys, size_t count) {
    for (size_t i = 0; i < count && keys[i] != NULL; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

bool call_fields_are_known(const struct fields *fields,
                           const char *const *keys, size_t count,
                           struct answer *answer) {
    for (size_t i = 0; i < fields->count; i++) {
        const char *key = fields->items[i].key;

        if (!is_known(key, keys, count)) {
            answer_error(answer, 400, "unknown parameter \"%s\"",
                         answer_quotable(key));
            return false;
        }
        if (fields_count(fields, key) > 1) {
            answer_error(answer, 400, "parameter \"%s\" is given twice", key);
            return false;
        }
    }
    return true;
}
