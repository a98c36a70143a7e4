/*
 * target.h - the request target and what is encoded like its query.  Pure: no
 * I/O.  See target.c.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_TARGET_H
#define TOOLS_ACCESSTOKEND_REQUEST_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#define FIELDS_MAX 64

/* key=value&key=value, decoded. */
struct fields {
    size_t count;
    struct {
        const char *key;
        const char *value;
    } items[FIELDS_MAX];
    char *text; /* what they point into; wiped when freed */
    size_t size;
};

/* Each returns NULL, or what is wrong: a static text. */

/* A target: "/path" or "/path?query".  path_length counts the path's bytes,
 * query points behind the "?" or is NULL. */
const char *target_check(const char *target, size_t *path_length,
                         const char **query);

/* Decode application/x-www-form-urlencoded (WHATWG URL, section 5). */
const char *fields_parse(const char *text, size_t length,
                         struct fields *fields);
void fields_free(struct fields *fields);

/* The value of a key, the first one; NULL where there is none. */
const char *fields_get(const struct fields *fields, const char *key);
size_t fields_count(const struct fields *fields, const char *key);

#endif
