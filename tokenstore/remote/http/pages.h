/*
 * pages.h - from one page of a list to the next, inside tokenstore-http.so.
 * See pages.c.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_PAGES_H
#define TOKENSTORE_REMOTE_HTTP_PAGES_H

#include "tokenstore/remote/http/messages.h"

/*
 * The page behind "after" has been read: these tokens, and what it says of the
 * next one.  Returns NULL, with *next and the pages set, or what is wrong.
 *   url  of the place: what else an answer may lead to is another server
 */
const char *pages_follow(struct remote_pages *pages, const char *url,
                         const struct message_paging *paging,
                         const struct tokenstore_token *tokens, size_t count,
                         uint64_t after, uint64_t *next);

#endif
