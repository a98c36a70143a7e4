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

/* A target, taken apart; the texts point into it. */
struct target {
    const char *path;
    size_t path_length; /* 0: the whole server, as in "*" */
    const char *query;  /* what follows the "?", or NULL */
};

/* Judges a target, "/path?query", "http://host/path?query" or "*".  Returns
 * NULL, or what is wrong with it: a static text. */
const char *target_check(const char *target, struct target *parts);

/* Returns where the path of a target begins, if it has one. */
const char *target_path(const char *target);

/* Is this the name or the address of a host, perhaps with a port (RFC 9110,
 * section 7.2)?  The empty text is none. */
bool target_is_host(const char *text, size_t length);

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
