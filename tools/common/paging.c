/*
 * paging.c - the "paging" object that ends a page of a list of tokens.
 */
#include <config.h>

#include "tools/common/paging.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PATH "/v1/auth/access-tokens/"

/* The longest form of a byte, and the NUL. */
#define BYTE_SIZE sizeof("%XX")

/* Returns false if the text does not fit. */
static bool escape(const char *text, char *to, size_t size) {
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "abcdefghijklmnopqrstuvwxyz"
                                     "0123456789-._~";
    size_t used = 0;

    for (; *text != '\0'; text++) {
        if (size - used < BYTE_SIZE)
            return false;
        if (strchr(unreserved, *text) != NULL)
            to[used++] = *text;
        else
            used += (size_t)snprintf(to + used, size - used, "%%%02X",
                                     (unsigned int)(unsigned char)*text);
    }
    to[used] = '\0';
    return true;
}

/* Adds "&key=text", unless the text is NULL.  Returns false if it does not
 * fit. */
static bool add(char *uri, const char *key, const char *text) {
    size_t used = strlen(uri);

    if (text == NULL)
        return true;
    used += (size_t)snprintf(uri + used, PAGING_URI_SIZE - used, "&%s=", key);
    return used < PAGING_URI_SIZE &&
           escape(text, uri + used, PAGING_URI_SIZE - used);
}

const char *paging_uri(const struct paging *page,
                       char uri[static PAGING_URI_SIZE]) {
    const size_t used =
        (size_t)snprintf(uri, PAGING_URI_SIZE, PATH "?after=%s&limit=%" PRIu32,
                         page->after, page->limit);

    if (page->issued_by != 0)
        snprintf(uri + used, PAGING_URI_SIZE - used, "&issued_by=%" PRIu64,
                 page->issued_by);
    return add(uri, "sort", page->sort) &&
                   add(uri, "status", page->filter.status) &&
                   add(uri, "scope", page->filter.scope) &&
                   add(uri, "name", page->filter.name) &&
                   add(uri, "q", page->filter.text) &&
                   add(uri, "user", page->user)
               ? uri
               : NULL;
}

static void put_text(struct json_writer *json, const char *key,
                     const char *text) {
    json_put_key(json, key);
    if (text != NULL)
        json_put_string(json, text);
    else
        json_put_null(json);
}

void paging_put(struct json_writer *json, const char *next,
                const char *after) {
    json_put_key(json, "paging");
    json_begin_object(json);
    put_text(json, "next", next);
    put_text(json, "after", after);
    json_end_object(json);
}
