/*
 * list_query.h - what a request for a page of the list asks for.  Pure.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_LIST_QUERY_H
#define TOOLS_ACCESSTOKEND_REQUEST_LIST_QUERY_H

#include "tools/accesstokend/request/answer.h"
#include "tools/accesstokend/request/target.h"
#include "tools/common/token_filter.h"
#include "tools/common/token_order.h"

/* Zero-initialise it.  Texts belong to the fields of the request. */
struct list_query {
    const char *user_text;            /* as given, or NULL */
    struct tokenstore_identity *user; /* NULL: everybody */
    uint64_t issued_by;               /* only tokens below this one; 0: all */
    struct token_filter filter;
    struct token_order order;
    uint64_t after; /* in the order of the ids: begin after it */
    bool has_place; /* in another order: begin after this place */
    struct token_place place;
    uint32_t limit;
};

/* Returns false if the request asks for what there cannot be; the answer is
 * then written.  Call list_query_free() in any case. */
bool list_query_read(const struct fields *fields, struct list_query *query,
                     struct answer *answer);
void list_query_free(struct list_query *query);

#endif
