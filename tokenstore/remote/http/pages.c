/*
 * pages.c - the way from one page of a list to the next.  Pure.
 * If all ids are numbers, the next page begins after a number; else it is at
 * the URI that the server names.  Must never lead to another server, to
 * anything but the list, or around in a circle.
 */
#include "tokenstore/remote/http/pages.h"

#include <stdio.h>
#include <string.h>

/* Find the number after "after=" in the query of a URI. */
static bool find_after(const char *uri, uint64_t *after) {
    const char *cursor = strchr(uri, '?');
    char digits[21];
    size_t length;

    while (cursor != NULL && strncmp(cursor + 1, "after=", 6) != 0)
        cursor = strchr(cursor + 1, '&');
    if (cursor == NULL)
        return false;
    cursor += strlen("?after=");
    length = strcspn(cursor, "&");
    if (length >= sizeof(digits))
        return false;
    memcpy(digits, cursor, length);
    digits[length] = '\0';
    return json_parse_id(digits, after);
}

/* Does a token have an id that is not a number? */
static bool has_foreign(const struct tokenstore_token *tokens, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (tokens[i].id == 0)
            return true;
    return false;
}

/* The path and query of a URI that leads to the list of this very server;
 * NULL for every other URI. */
static const char *list_target(const char *url, const char *uri) {
    const size_t length = strlen(url);
    const char *cursor = uri;

    if (strncmp(uri, url, length) == 0)
        uri = cursor = uri + length;
    if (strncmp(cursor, PAGES_TOKENS, strlen(PAGES_TOKENS) - 1) != 0)
        return NULL;
    cursor += strlen(PAGES_TOKENS) - 1;
    if (*cursor == '/')
        cursor++;
    if (*cursor != '?' || cursor[1] == '\0')
        return NULL;
    for (; *cursor != '\0'; cursor++)
        if (*cursor <= ' ' || *cursor > '~' || *cursor == '#')
            return NULL;
    return uri;
}

/* Take the next page as a step.  To detect a circle of any length, one earlier
 * page is remembered as a mark, and replaced after 1, 2, 4 ... steps (Brent):
 * a circle leads past the mark at some time. */
static const char *step(struct remote_pages *pages, const char *target) {
    if (strcmp(target, pages->next) == 0 || strcmp(target, pages->mark) == 0)
        return "paging.next leads in a circle";
    snprintf(pages->next, sizeof(pages->next), "%s", target);
    if (++pages->steps < pages->lap)
        return NULL;
    snprintf(pages->mark, sizeof(pages->mark), "%s", target);
    pages->steps = 0;
    pages->lap *= 2;
    return NULL;
}

const char *pages_follow(struct remote_pages *pages, const char *url,
                         const struct json_paging *paging,
                         const struct tokenstore_token *tokens, size_t count,
                         uint64_t after, uint64_t *next) {
    const struct remote_pages begin = {.lap = 1};
    const char *target, *problem;

    *next = 0;
    if (after != TOKENSTORE_AFTER_LAST)
        *pages = begin;
    if (paging->next[0] == '\0') {
        *pages = begin;
        return NULL;
    }
    if (after != TOKENSTORE_AFTER_LAST && !has_foreign(tokens, count) &&
        find_after(paging->next, next) && *next != TOKENSTORE_AFTER_LAST) {
        /* A page that does not advance would be read for ever. */
        if (*next <= after)
            return "paging.next leads nowhere";
        return paging->has_key && paging->key != *next
                   ? "paging.after is not where paging.next leads"
                   : NULL;
    }
    target = list_target(url, paging->next);
    if (target == NULL || count == 0)
        return "paging.next leads nowhere";
    problem = step(pages, target);
    *next = TOKENSTORE_AFTER_LAST;
    return problem;
}
