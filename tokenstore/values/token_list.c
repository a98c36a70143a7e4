/*
 * token_list.c - a page of tokens.  Pure.
 */
#include "tokenstore/values/token_list.h"

#include <stdlib.h>

struct tokenstore_list *token_list_new(size_t room) {
    struct tokenstore_list *list =
        malloc(sizeof(*list) +
               (room > 0 ? room : 1) * sizeof(struct tokenstore_token));

    if (list != NULL) {
        list->count = 0;
        list->next = 0;
    }
    return list;
}

size_t tokenstore_list_count(const struct tokenstore_list *list) {
    return list->count;
}

const struct tokenstore_token *
tokenstore_list_token(const struct tokenstore_list *list, size_t index) {
    return index < list->count ? &list->tokens[index] : NULL;
}

uint64_t tokenstore_list_next(const struct tokenstore_list *list) {
    return list->next;
}

void tokenstore_list_free(struct tokenstore_list **list) {
    if (list == NULL)
        return;
    free(*list);
    *list = NULL;
}
