/*
 * table.h - a table of tokens, page after page with one heading.
 */
#ifndef TOOLS_ACCESSTOKEN_TABLE_H
#define TOOLS_ACCESSTOKEN_TABLE_H

#include "tools/accesstoken/command.h"
#include "tools/accesstoken/row.h"

struct table {
    bool no_header; /* also set after the first page */
    bool wide;      /* networks as well, and no value is cut */
    bool color;
    size_t room; /* the width of the terminal; 0: it is none */
    bool shown[ROW_COLUMNS];
    size_t widths[ROW_COLUMNS]; /* the widest so far, which later pages keep */
};

/* Prepares a table on standard output, which fits it if that is a terminal. */
void table_begin(struct table *table, const struct options *options);

/* Fills the row of a token, which table_print_rows() can print.  Returns false
 * without memory; call row_free() in any case. */
bool table_row(const struct table *table, const struct tokenstore_token *token,
               int64_t now, struct row *row);

/* Prints another page of rows.  Prints an error and returns EXIT_FAILED
 * without memory. */
enum exit_code table_print_rows(struct table *table, struct row *const *rows,
                                size_t count);

/* Prints another page.  Prints an error and returns EXIT_FAILED without
 * memory. */
enum exit_code table_print(struct table *table,
                           const struct tokenstore_token *const *tokens,
                           size_t count, int64_t now);

#endif
