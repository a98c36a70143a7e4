/*
 * target.c - take request targets and form bodies apart.  A target is judged
 * as it was sent, before it is decoded: everything that another program on the
 * way could have read differently is refused.  Pure.
 */
#include <config.h>

#include "tools/accesstokend/request/target.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Returns the byte that "%XX" at the text stands for, or -1 if the text does
 * not begin like this. */
static int escaped_byte(const char *text, size_t length) {
    if (length < 3 || hex_value(text[1]) < 0 || hex_value(text[2]) < 0)
        return -1;
    return hex_value(text[1]) * 16 + hex_value(text[2]);
}

/* -1 counts as one, too. */
static bool is_control(int byte) { return byte < 0x20 || byte == 0x7f; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Returns the length of "[ADDRESS]" at the text, or 0. */
static size_t scan_address(const char *text, size_t length) {
    size_t used = 1;

    while (used < length && (hex_value(text[used]) >= 0 || text[used] == ':' ||
                             text[used] == '.'))
        used++;
    return used > 1 && used < length && text[used] == ']' ? used + 1 : 0;
}

/* Returns the length of the name that the text begins with, or 0. */
static size_t scan_name(const char *text, size_t length) {
    size_t used = 0;

    while (used < length && text[used] != ':') {
        const char c = text[used];

        if (c == '%' && !is_control(escaped_byte(text + used, length - used)))
            used += 3;
        else if (is_digit(c) || (c >= 'a' && c <= 'z') ||
                 (c >= 'A' && c <= 'Z') ||
                 (c != '\0' && strchr("-._~!$&'()*+,;=", c) != NULL))
            used++;
        else
            return 0;
    }
    return used;
}

bool target_is_host(const char *text, size_t length) {
    size_t used = length > 0 && *text == '[' ? scan_address(text, length)
                                             : scan_name(text, length);

    if (used == 0 || used == length)
        return used > 0;
    if (text[used++] != ':')
        return false;
    while (used < length && is_digit(text[used]))
        used++;
    return used == length;
}

/* Returns the host in "http://host", or NULL if this is not the form. */
static const char *find_host(const char *target) {
    if (strncasecmp(target, "http://", 7) == 0)
        return target + 7;
    if (strncasecmp(target, "https://", 8) == 0)
        return target + 8;
    return NULL;
}

const char *target_path(const char *target) {
    const char *host = find_host(target);

    return host != NULL ? host + strcspn(host, "/?#") : target;
}

const char *target_check(const char *target, struct target *parts) {
    const char *host = find_host(target), *path = target_path(target);
    const size_t length = strlen(path);

    parts->path = path;
    parts->path_length = 0;
    parts->query = NULL;
    if (strcmp(target, "*") == 0)
        return NULL;
    if (host != NULL && !target_is_host(host, (size_t)(path - host)))
        return "the target has no valid host";
    if (host == NULL && *path != '/')
        return "the target is not a path";
    for (size_t i = 0; i < length; i++) {
        int byte = (unsigned char)path[i];

        if (byte <= 0x20 || byte >= 0x7f)
            return "the target has a byte that does not belong there";
        if (byte == '#')
            return "the target has a fragment";
        if (byte == '?' && parts->query == NULL)
            parts->query = path + i + 1;
        if (parts->query == NULL)
            parts->path_length = i + 1;
        if (byte != '%')
            continue;
        byte = escaped_byte(path + i, length - i);
        if (byte < 0)
            return "the target has a '%' without two hexadecimal digits";
        if (is_control(byte))
            return "the target has an escaped control character";
        if (byte == '/' && parts->query == NULL)
            return "the target has an escaped '/'";
    }
    return NULL;
}

/* The value of a form may have whitespace, as around a token. */
static bool is_whitespace(int byte) {
    return byte == '\t' || byte == '\r' || byte == '\n';
}

/* Decodes one key or value into "to", which has room for its bytes and a NUL.
 * Returns NULL, or what is wrong. */
static const char *decode(const char *from, size_t length, bool is_value,
                          char *to) {
    for (size_t i = 0; i < length; i++) {
        int byte = (unsigned char)from[i];

        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%') {
            byte = escaped_byte(from + i, length - i);
            if (byte < 0)
                return "a '%' without two hexadecimal digits";
            i += 2;
        }
        if (is_control(byte) && !(is_value && is_whitespace(byte)))
            return "a control character";
        *to++ = (char)byte;
    }
    *to = '\0';
    return NULL;
}

const char *fields_parse(const char *text, size_t length,
                         struct fields *fields) {
    size_t end, equals, used = 0;
    const char *wrong = NULL;

    fields->count = 0;
    /* Enough for all bytes, and a NUL after each key and each value. */
    fields->size = length + 2 * FIELDS_MAX;
    fields->text = malloc(fields->size);
    if (fields->text == NULL)
        return "out of memory";
    for (size_t begin = 0; begin < length && wrong == NULL; begin = end + 1) {
        const char *item = text + begin;
        const char *found = memchr(item, '&', length - begin);
        char *key = fields->text + used, *value;

        end = found != NULL ? (size_t)(found - text) : length;
        if (end == begin)
            continue;
        if (fields->count == FIELDS_MAX) {
            wrong = "too many parameters";
            break;
        }
        found = memchr(item, '=', end - begin);
        equals = found != NULL ? (size_t)(found - item) : end - begin;
        wrong = decode(item, equals, false, key);
        if (wrong != NULL)
            break;
        value = key + strlen(key) + 1;
        if (found != NULL)
            wrong = decode(found + 1, end - begin - equals - 1, true, value);
        else
            *value = '\0';
        if (wrong == NULL) {
            fields->items[fields->count].key = key;
            fields->items[fields->count].value = value;
            fields->count++;
            used = (size_t)(value - fields->text) + strlen(value) + 1;
        }
    }
    if (wrong != NULL)
        fields_free(fields);
    return wrong;
}

void fields_free(struct fields *fields) {
    if (fields->text != NULL)
        explicit_bzero(fields->text, fields->size);
    free(fields->text);
    fields->text = NULL;
    fields->count = 0;
}

const char *fields_get(const struct fields *fields, const char *key) {
    for (size_t i = 0; i < fields->count; i++)
        if (strcmp(fields->items[i].key, key) == 0)
            return fields->items[i].value;
    return NULL;
}

size_t fields_count(const struct fields *fields, const char *key) {
    size_t count = 0;

    for (size_t i = 0; i < fields->count; i++)
        if (strcmp(fields->items[i].key, key) == 0)
            count++;
    return count;
}
