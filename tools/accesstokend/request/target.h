/*
 * target.h - the request target, and text that is encoded like its query.
 * Pure.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_TARGET_H
#define TOOLS_ACCESSTOKEND_REQUEST_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#define FIELDS_MAX 64

/* "key=value&key=value", decoded. */
struct fields {
    size_t count;
    struct {
        const char *key;
        const char *value;
    } items[FIELDS_MAX];
    char *text; /* that they point into */
    size_t size;
};

/*
 * Judges a target, "/path" or "/path?query".  Returns NULL, or what is wrong
 * with it: a static text.  *path_length becomes the length of the path, *query
 * what follows the "?", or NULL if there is none.
 */
const char *target_check(const char *target, size_t *path_length,
                         const char **query);

/*
 * Decodes application/x-www-form-urlencoded (WHATWG URL, section 5).  Returns
 * NULL, or what the text has that is wrong: a static text.  Free the fields
 * with fields_free() in any case.
 */
const char *fields_parse(const char *text, size_t length,
                         struct fields *fields);
/* Wipes and frees the decoded text. */
void fields_free(struct fields *fields);

/* The first value of a key, or NULL; and how often the key is given. */
const char *fields_get(const struct fields *fields, const char *key);
size_t fields_count(const struct fields *fields, const char *key);

#endif
