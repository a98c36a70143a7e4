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

/* Copies a value, a word or a quoted string, without its quotes.  Returns what
 * follows it, or NULL if it is not one or is too long. */
static const char *read_value(const char *text, char *value, size_t size) {
    const bool quoted = *text == '"';
    size_t used = 0;

    text += quoted;
    while (quoted ? *text != '"' : strchr("; \t", *text) == NULL) {
        text += quoted && *text == '\\';
        if (*text == '\0' || used + 1 == size)
            return NULL;
        value[used++] = *text++;
    }
    value[used] = '\0';
    return text + quoted;
}

/* What follows the type itself: nothing, or "; charset=utf-8". */
static bool is_utf8_parameters(const char *text) {
    char value[sizeof("utf-8")];

    for (;;) {
        text += strspn(text, " \t");
        if (*text == '\0')
            return true;
        if (*text++ != ';')
            return false;
        text += strspn(text, " \t");
        if (*text == '\0' || *text == ';')
            continue;
        if (strncasecmp(text, "charset=", 8) != 0)
            return false;
        text = read_value(text + 8, value, sizeof(value));
        if (text == NULL || strcasecmp(value, "utf-8") != 0)
            return false;
    }
}

bool request_body_is(const struct request *request, const char *type) {
    const char *given = request->content_type;
    const size_t length = strlen(type);

    if (request->body_length == 0)
        return true;
    return given != NULL && strcspn(given, " \t;") == length &&
           strncasecmp(given, type, length) == 0 &&
           is_utf8_parameters(given + length);
}

bool request_is_foreign(const struct request *request) {
    const char *scheme = request->encrypted ? "https://" : "http://";
    const size_t length = strlen(scheme);
    const char *origin = request->origin, *site = request->fetch_site;

    if (site != NULL && strcmp(site, "same-origin") != 0 &&
        strcmp(site, "none") != 0)
        return true;
    if (origin == NULL)
        return false;
    return request->listener != LISTENER_TCP || request->host == NULL ||
           *request->host == '\0' ||
           strncasecmp(origin, scheme, length) != 0 ||
           strcasecmp(origin + length, request->host) != 0;
}

/* Does the name begin with this prefix, in small letters, after folding? */
static bool folds_to(const char *name, size_t length, const char *prefix) {
    for (; *prefix != '\0'; prefix++, name++, length--) {
        char c = length > 0 ? *name : '\0';

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        else if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
                 c != '\0')
            c = '-';
        if (c != *prefix)
            return false;
    }
    return true;
}

bool request_name_poses(const char *name, size_t length) {
    return folds_to(name, length, "remote-") ||
           folds_to(name, length, "x-token-");
}
