/*
 * request.c - questions about a request that need nothing but the request.
 */
#include <config.h>

#include "tools/accesstokend/request/request.h"

#include <string.h>
#include <strings.h>

const char *request_listener_name(enum listener listener) {
    switch (listener) {
    case LISTENER_API:
        return "api";
    case LISTENER_VERIFY:
        return "verify";
    case LISTENER_TCP:
        return "tcp";
    }
    return "?";
}

bool request_only_reads(const struct request *request) {
    return strcmp(request->method, "GET") == 0 ||
           strcmp(request->method, "HEAD") == 0 ||
           strcmp(request->method, "OPTIONS") == 0;
}

/* What follows the type itself: nothing, or "; charset=utf-8". */
static bool is_utf8_parameter(const char *text) {
    text += strspn(text, " \t");
    if (*text == ';')
        text += 1 + strspn(text + 1, " \t");
    return *text == '\0' || strcasecmp(text, "charset=utf-8") == 0 ||
           strcasecmp(text, "charset=\"utf-8\"") == 0;
}

bool request_body_is(const struct request *request, const char *type) {
    const char *given = request->content_type;
    const size_t length = strlen(type);

    if (request->body_length == 0)
        return true;
    return given != NULL && strcspn(given, " \t;") == length &&
           strncasecmp(given, type, length) == 0 &&
           is_utf8_parameter(given + length);
}
