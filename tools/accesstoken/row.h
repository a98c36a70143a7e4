/*
 * row.h - a token as a row of a table.
 */
#ifndef TOOLS_ACCESSTOKEN_ROW_H
#define TOOLS_ACCESSTOKEN_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "tokenstore/tokenstore.h"

enum column {
    ID,
    USER,
    NAME,
    SCOPES,
    NETWORKS,
    CREATED,
    EXPIRES,
    LAST_USED,
    STATUS
};

#define ROW_COLUMNS 9

/* Zero-initialise it; free it with row_free() in any case. */
struct row {
    char *cells[ROW_COLUMNS];
    enum tokenstore_status status;
};

/* Fills a row, with times in full (RFC 3339) or short and local.  Returns
 * false without memory. */
bool row_fill(const struct tokenstore_token *token, int64_t now, bool is_short,
              struct row *row);

void row_free(struct row *row);

#endif
