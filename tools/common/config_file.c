/*
 * config_file.c - read a configuration file.  Must never skip what it does
 * not understand: a setting that is misspelt would silently not apply.
 */
#include <config.h>

#include "tools/common/config_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char byte_order_mark[] = "\xef\xbb\xbf";

struct reading {
    const struct config_key *keys;
    size_t count;
    void *target;
    unsigned int seen; /* one bit for each of the keys */
    char why[CONFIG_WHY_SIZE];
};

bool config_wrong(char why[static CONFIG_WHY_SIZE], const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, CONFIG_WHY_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static bool is_comment(char c) { return c == '#' || c == ';'; }

/* Cuts a comment and white space off the end; returns the text after the
 * white space that it begins with. */
static char *trim_value(char *value) {
    size_t end = 0;

    while (is_blank(*value))
        value++;
    while (value[end] != '\0' &&
           !(is_comment(value[end]) && (end == 0 || is_blank(value[end - 1]))))
        end++;
    while (end > 0 && is_blank(value[end - 1]))
        end--;
    value[end] = '\0';
    return value;
}

static bool take_key(struct reading *reading, const char *name,
                     const char *value) {
    for (size_t i = 0; i < reading->count; i++) {
        if (strcmp(name, reading->keys[i].name) != 0)
            continue;
        if ((reading->seen & 1U << i) != 0)
            return config_wrong(reading->why, "%s is there twice", name);
        reading->seen |= 1U << i;
        return reading->keys[i].take(reading->target, value, reading->why);
    }
    return config_wrong(reading->why, "unknown key '%s'", name);
}

/* A line that is too long, or that has a byte which may not be in one. */
static bool check_bytes(struct reading *reading, const char *line,
                        size_t length) {
    if (length > CONFIG_LINE_MAX)
        return config_wrong(reading->why, "the line is too long");
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < ' ' && line[i] != '\t')
            return config_wrong(reading->why, "a control character");
    return true;
}

/* A line without its end. */
static bool take_line(struct reading *reading, const char *line,
                      size_t length) {
    char text[CONFIG_LINE_MAX + 1];
    size_t indent, end;
    char *equals;

    if (!check_bytes(reading, line, length))
        return false;
    memcpy(text, line, length);
    text[length] = '\0';
    indent = strspn(text, " \t");
    if (text[indent] == '\0' || is_comment(text[indent]))
        return true;
    if (indent > 0)
        return config_wrong(reading->why, "the line begins with white space");
    if (text[0] == '[')
        return config_wrong(reading->why, "there are no sections here");
    equals = strchr(text, '=');
    if (equals == NULL)
        return config_wrong(reading->why, "not of the form 'key = value'");
    end = (size_t)(equals - text);
    while (end > 0 && is_blank(text[end - 1]))
        end--;
    text[end] = '\0';
    return take_key(reading, text, trim_value(equals + 1));
}

bool config_file_parse(const char *name, const char *text, size_t length,
                       const struct config_key *keys, size_t count,
                       void *target, char *message, size_t size) {
    struct reading reading = {.keys = keys, .count = count, .target = target};
    const size_t mark = strlen(byte_order_mark);
    size_t at = 0, number = 0;

    if (length >= mark && memcmp(text, byte_order_mark, mark) == 0)
        at = mark;
    while (at < length) {
        const char *end = memchr(text + at, '\n', length - at);
        const size_t whole =
            end != NULL ? (size_t)(end - (text + at)) : length - at;
        const bool cr = whole > 0 && text[at + whole - 1] == '\r';

        number++;
        if (!take_line(&reading, text + at, whole - cr)) {
            snprintf(message, size, "%s:%zu: %s", name, number, reading.why);
            return false;
        }
        at += whole + 1;
    }
    return true;
}

/* Returns false with errno, EFBIG for a file that is too large. */
static bool read_all(int fd, char text[static CONFIG_FILE_MAX + 1],
                     size_t *length) {
    ssize_t count;

    *length = 0;
    while ((count = read(fd, text + *length, CONFIG_FILE_MAX + 1 - *length)) !=
           0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        *length += (size_t)count;
        if (*length > CONFIG_FILE_MAX) {
            errno = EFBIG;
            return false;
        }
    }
    return true;
}

bool config_file_read(int fd, const char *name, const struct config_key *keys,
                      size_t count, void *target, char *message, size_t size) {
    char *text = malloc(CONFIG_FILE_MAX + 1);
    bool good = false;
    size_t length;

    if (text == NULL || !read_all(fd, text, &length))
        snprintf(message, size, "%s: %s", name, strerror(errno));
    else
        good = config_file_parse(name, text, length, keys, count, target,
                                 message, size);
    free(text);
    return good;
}
