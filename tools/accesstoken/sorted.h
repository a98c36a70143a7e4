/*
 * sorted.h - list tokens in an order other than that of their ids.
 */
#ifndef TOOLS_ACCESSTOKEN_SORTED_H
#define TOOLS_ACCESSTOKEN_SORTED_H

#include "tools/accesstoken/listing.h"

/* Prints a page or, with --all, all tokens, as a table or into the JSON array;
 * sets what the listing says about the next page. */
enum exit_code sorted_put(struct context *context, struct listing *listing,
                          struct json_writer *json);

#endif
