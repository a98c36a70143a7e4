/*
 * token_list.h - a page of tokens inside libtokenstore.
 */
#ifndef TOKENSTORE_VALUES_TOKEN_LIST_H
#define TOKENSTORE_VALUES_TOKEN_LIST_H

#include "tokenstore/values/token.h"

struct tokenstore_list {
    size_t count;
    uint64_t next; /* "after" for the next page; 0: this is the last page */
    struct tokenstore_token tokens[];
};

/* Make an empty list with room for so many tokens.  Free it with
 * tokenstore_list_free(); NULL without memory. */
struct tokenstore_list *token_list_new(size_t room);

#endif
