/*
 * table.h - tokens as a table for people, page after page under one header.
 */
#ifndef TOOLS_ACCESSTOKEN_TABLE_H
#define TOOLS_ACCESSTOKEN_TABLE_H

#include "tools/accesstoken/command.h"

#define TABLE_COLUMNS 8

/* Zero-initialise, then set the two switches. */
struct table {
    bool no_header; /* set after the first page, too */
    bool color;
    size_t widths[TABLE_COLUMNS]; /* the widest so far: columns stay put */
};

/* Whether standard output wants colour: a terminal, and no NO_COLOR. */
bool table_wants_color(void);

/* Print some more.  EXIT_FAILED without memory, which is said. */
enum exit_code table_print(struct table *table,
                           const struct tokenstore_token *const *tokens,
                           size_t count, int64_t now);

#endif
