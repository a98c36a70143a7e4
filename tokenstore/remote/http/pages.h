/*
 * pages.h - where the tokens are on a server, and the way from one page of
 * their list to the next.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_PAGES_H
#define TOKENSTORE_REMOTE_HTTP_PAGES_H

#include "tokenstore/remote/http/json_read.h"

/* The path of the list; followed by an id, that of a token. */
#define PAGES_TOKENS "/v1/auth/access-tokens/"

/* Room for the path of a token and of an operation on it. */
#define PAGES_PATH_SIZE (TOKENSTORE_ID_SIZE + 40)

/*
 * Find the page that follows one that was read.  Returns NULL, or what is
 * wrong with the server's answer, a static text.
 *   pages   the way so far, updated
 *   url     of the server: a next page on another server is refused
 *   paging  what the page says about the next one
 *   tokens  of the page, count of them
 *   after   what the page was asked with
 *   next    what to ask for: an id, TOKENSTORE_AFTER_LAST (pages->next says
 *           where), or 0 after the last page
 */
const char *pages_follow(struct remote_pages *pages, const char *url,
                         const struct json_paging *paging,
                         const struct tokenstore_token *tokens, size_t count,
                         uint64_t after, uint64_t *next);

#endif
