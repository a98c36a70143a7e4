/*
 * table.h - a table of tokens, page after page with one heading.
 */
#ifndef TOOLS_ACCESSTOKEN_TABLE_H
#define TOOLS_ACCESSTOKEN_TABLE_H

#include "tools/accesstoken/command.h"

#define TABLE_COLUMNS 8

/* Zero-initialise it, then set the two switches. */
struct table {
    bool no_header; /* also set after the first page */
    bool color;
    size_t
        widths[TABLE_COLUMNS]; /* the widest so far, which later pages keep */
};

/* Returns whether to colour the table: standard output is a terminal, and
 * NO_COLOR is not set. */
bool table_wants_color(void);

/* Prints another page.  Prints an error and returns EXIT_FAILED without
 * memory. */
enum exit_code table_print(struct table *table,
                           const struct tokenstore_token *const *tokens,
                           size_t count, int64_t now);

#endif
