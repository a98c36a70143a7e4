/*
 * list_sorted.h - a page of tokens in an order other than that of their ids.
 */
#ifndef TOOLS_ACCESSTOKEND_ROUTES_LIST_SORTED_H
#define TOOLS_ACCESSTOKEND_ROUTES_LIST_SORTED_H

#include "tools/accesstokend/auth/caller.h"
#include "tools/accesstokend/request/list_query.h"
#include "tools/common/token_key.h"

/*
 * Writes the tokens of a page, in one pass over those of the user of the
 * query, or over all.  Holds no more tokens than the page may have.
 *   most  the bytes of JSON after which the page ends
 *   next  becomes the "after" of the next page; "": there is none
 */
enum tokenstore_error list_sorted_write(const struct caller *caller,
                                        const struct list_query *query,
                                        struct tokenstore *store, size_t most,
                                        struct json_writer *json,
                                        char next[static TOKEN_KEY_SIZE]);

#endif
