/*
 * paging.h - the "paging" object that ends a page of a list of tokens in the
 * REST schema.  Pure: no I/O and no clock.
 */
#ifndef TOOLS_COMMON_PAGING_H
#define TOOLS_COMMON_PAGING_H

#include <stdint.h>

#include "tools/common/json_writer.h"
#include "tools/common/token_filter.h"

/* The longest text of a filter. */
#define PAGING_FILTER_MAX TOKENSTORE_NAME_MAX

/* Room for the URI of a page of any user that the library can parse, with the
 * longest filters. */
#define PAGING_URI_SIZE 2840

/* A page that can be asked for. */
struct paging {
    const char *after;          /* the id or the key that it begins after */
    uint32_t limit;             /* the most tokens on the page */
    const char *sort;           /* the order; NULL: that of the ids */
    const char *user;           /* whose tokens, as text; NULL: everybody's */
    uint64_t issued_by;         /* only tokens below this one; 0: all */
    struct token_filter filter; /* narrows the list */
};

/*
 * Write the path and the query that ask the REST endpoint for a page.  All
 * bytes of texts but RFC 3986's unreserved characters become %XX, so the
 * result is plain ASCII without quotes.  Returns uri, or NULL if they do not
 * fit into it.
 */
const char *paging_uri(const struct paging *page,
                       char uri[static PAGING_URI_SIZE]);

/*
 * Write the member "paging":{"next":...,"after":...} into an object.  next is
 * the URI of the next page, after the id or the key that it begins after; NULL
 * becomes null.
 */
void paging_put(struct json_writer *json, const char *next, const char *after);

#endif
