/*
 * pages.c - from one page of a list to the next.  Pure.
 * Where ids are numbers, the next page is what is behind a number; else it is
 * the URI that the server names.  Must never lead to another server or to
 * anything but the list, nor lead anybody around in a circle.
 */
#include "tokenstore/remote/http/pages.h"

#include <stdio.h>
#include <string.h>

#include "tokenstore/remote/http/verbs.h"

/* The number behind "after=" in a URI's query. */
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
    if (length >= sizeof digits)
        return false;
    memcpy(digits, cursor, length);
    digits[length] = '\0';
    return message_parse_id(digits, after);
}

static bool has_foreign(const struct tokenstore_token *tokens, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (tokens[i].id == 0)
            return true;
    return false;
}

/* Path and query of the list at this very server; NULL for all else. */
static const char *list_target(const char *url, const char *uri) {
    const size_t length = strlen(url);
    const char *cursor = uri;

    if (strncmp(uri, url, length) == 0)
        uri = cursor = uri + length;
    if (strncmp(cursor, VERBS_TOKENS, strlen(VERBS_TOKENS) - 1) != 0)
        return NULL;
    cursor += strlen(VERBS_TOKENS) - 1;
    if (*cursor == '/')
        cursor++;
    if (*cursor != '?' || cursor[1] == '\0')
        return NULL;
    for (; *cursor != '\0'; cursor++)
        if (*cursor <= ' ' || *cursor > '~' || *cursor == '#')
            return NULL;
    return uri;
}

/* A mark that is set again after 1, 2, 4 ... steps: every circle comes by it
 * some time. */
static const char *step(struct remote_pages *pages, const char *target) {
    if (strcmp(target, pages->next) == 0 || strcmp(target, pages->mark) == 0)
        return "paging.next leads in a circle";
    snprintf(pages->next, sizeof pages->next, "%s", target);
    if (++pages->steps < pages->lap)
        return NULL;
    snprintf(pages->mark, sizeof pages->mark, "%s", target);
    pages->steps = 0;
    pages->lap *= 2;
    return NULL;
}

const char *pages_follow(struct remote_pages *pages, const char *url,
                         const struct message_paging *paging,
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
        /* Further on, or nobody who reads all of it came to an end. */
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
