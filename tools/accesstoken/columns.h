/*
 * columns.h - texts in columns of a terminal.
 */
#ifndef TOOLS_ACCESSTOKEN_COLUMNS_H
#define TOOLS_ACCESSTOKEN_COLUMNS_H

#include <stddef.h>

/* Returns how many columns the text takes, as libsmartcols prints it. */
size_t columns_of(const char *text);

/* Returns a copy of at most "most" columns, which ends with an ellipsis if the
 * text is longer; NULL without memory. */
char *columns_cut(const char *text, size_t most);

/* Narrows a row of "count" columns with a space between them, the widest
 * first, until it takes "room"; none becomes narrower than in "least". */
void columns_fit(size_t *widths, const size_t *least, size_t count,
                 size_t room);

/* Returns how many columns such a row takes; columns of width 0 are none. */
size_t columns_total(const size_t *widths, size_t count);

#endif
