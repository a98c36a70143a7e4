/*
 * table.c - print tokens as a table.  On a terminal the table fits it: times
 * are local and short, and long values end with an ellipsis, so that nobody
 * takes a part of the scopes for all of them.  Elsewhere nothing is shortened.
 * libsmartcols makes text from outside safe for terminals.
 */
#include <config.h>

#include "tools/accesstoken/table.h"

#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/accesstoken/columns.h"
#include "tools/accesstoken/row.h"

static const struct {
    const char *heading;
    size_t least; /* columns on a terminal; 0: it is not cut */
} columns[ROW_COLUMNS] = {
    [ID] = {"ID", 0},
    [USER] = {"USER", 8},
    [NAME] = {"NAME", 8},
    [SCOPES] = {"SCOPES", 8},
    [NETWORKS] = {"NETWORKS", 8},
    [CREATED] = {"CREATED", 0},
    [EXPIRES] = {"EXPIRES", 0},
    [LAST_USED] = {"LAST USED", 0},
    [STATUS] = {"STATUS", 0},
};

/* ------------------------------------------------------------------- begin */

/* Returns whether a terminal is to be coloured. */
static bool wants_color(void) {
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return (no_color == NULL || *no_color == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

/* Returns the width of the terminal as libsmartcols knows it; 0 without
 * memory. */
static size_t terminal_width(void) {
    struct libscols_table *rows = scols_new_table();
    const size_t width = rows != NULL ? scols_table_get_termwidth(rows) : 0;

    scols_unref_table(rows);
    return width;
}

void table_begin(struct table *table, const struct options *options) {
    *table =
        (struct table){.no_header = options->no_header, .wide = options->wide};
    for (size_t i = 0; i < ROW_COLUMNS; i++)
        table->shown[i] = i != NETWORKS || table->wide;
    if (options->json || !isatty(STDOUT_FILENO))
        return;
    table->color = wants_color();
    table->room = terminal_width();
}

/* --------------------------------------------------------------------- fit */

/* Returns the least width of a column that is so wide. */
static size_t least_width(size_t column, size_t width) {
    const size_t least = columns[column].least;

    return least > 0 && least < width ? least : width;
}

/* Leaves out the creation times, and then the last uses, if otherwise there
 * were no room for the values that can be cut. */
static void leave_out(struct table *table) {
    static const enum column dispensable[] = {CREATED, LAST_USED};
    size_t least[ROW_COLUMNS];

    for (size_t i = 0; i < ROW_COLUMNS; i++)
        least[i] = least_width(i, table->widths[i]);
    for (size_t i = 0; i < 2; i++) {
        if (columns_total(least, ROW_COLUMNS) <= table->room)
            return;
        table->shown[dispensable[i]] = false;
        table->widths[dispensable[i]] = least[dispensable[i]] = 0;
    }
}

/* Makes the columns as wide as they are on this page and were on those before,
 * and narrows them for the terminal. */
static void measure(struct table *table, struct row *const *rows,
                    size_t count) {
    const bool first_page = table->widths[ID] == 0;
    size_t least[ROW_COLUMNS];

    for (size_t i = 0; i < ROW_COLUMNS; i++) {
        size_t *width = &table->widths[i];

        if (!table->shown[i])
            continue;
        if (*width == 0 && !table->no_header)
            *width = columns_of(columns[i].heading);
        for (size_t row = 0; row < count; row++) {
            const size_t needed = columns_of(rows[row]->cells[i]);

            if (needed > *width)
                *width = needed;
        }
    }
    if (table->room == 0 || table->wide)
        return;
    if (first_page)
        leave_out(table);
    for (size_t i = 0; i < ROW_COLUMNS; i++)
        least[i] = least_width(i, table->widths[i]);
    columns_fit(table->widths, least, ROW_COLUMNS, table->room);
}

/* ------------------------------------------------------------------- print */

static const char *status_color(enum tokenstore_status status) {
    switch (status) {
    case TOKENSTORE_STATUS_ACTIVE:
        return "green";
    case TOKENSTORE_STATUS_DISABLED:
        return "yellow";
    case TOKENSTORE_STATUS_EXPIRED:
        return "red";
    }
    return NULL;
}

/* Hands a text, which may be NULL, to a cell.  Returns false if that fails. */
static bool give(struct libscols_line *line, size_t place, char *text) {
    if (text != NULL && scols_line_refer_data(line, place, text) == 0)
        return true; /* the cell frees it */
    free(text);
    return false;
}

static bool add_row(struct libscols_table *lines, const struct table *table,
                    const struct row *row) {
    struct libscols_line *line = scols_table_new_line(lines, NULL);
    size_t place = 0;

    if (line == NULL)
        return false;
    for (size_t i = 0; i < ROW_COLUMNS; i++) {
        if (!table->shown[i])
            continue;
        if (!give(line, place, columns_cut(row->cells[i], table->widths[i])))
            return false;
        place++;
    }
    return scols_cell_set_color(scols_line_get_cell(line, place - 1),
                                status_color(row->status)) == 0;
}

/*
 * Adds the columns.  Without STRICTWIDTH the library makes a column that is
 * empty on this page as narrow as its heading; with it, a column as wide as
 * its heading becomes narrower than the heading.
 */
static bool add_columns(struct libscols_table *lines,
                        const struct table *table) {
    for (size_t i = 0; i < ROW_COLUMNS; i++) {
        const char *heading = columns[i].heading;
        const size_t width = table->widths[i];
        const int align = i == ID ? SCOLS_FL_RIGHT : 0;
        const int keep = width > strlen(heading) ? SCOLS_FL_STRICTWIDTH : 0;

        if (table->shown[i] &&
            scols_table_new_column(lines, heading, (double)width,
                                   align | keep) == NULL)
            return false;
    }
    return true;
}

/* Returns false without memory. */
static bool print(const struct table *table, struct row *const *rows,
                  size_t count) {
    struct libscols_table *lines = scols_new_table();
    bool good = lines != NULL && add_columns(lines, table);

    if (good) {
        scols_table_set_termforce(lines, SCOLS_TERMFORCE_NEVER);
        scols_table_enable_noheadings(lines, table->no_header);
        scols_table_enable_colors(lines, table->color);
    }
    for (size_t i = 0; good && i < count; i++)
        good = add_row(lines, table, rows[i]);
    good = good && scols_print_table(lines) == 0;
    scols_unref_table(lines);
    return good;
}

bool table_row(const struct table *table, const struct tokenstore_token *token,
               int64_t now, struct row *row) {
    return row_fill(token, now, table->room > 0, row);
}

enum exit_code table_print_rows(struct table *table, struct row *const *rows,
                                size_t count) {
    if (count == 0) /* keep the headings for a page with tokens */
        return EXIT_OK;
    measure(table, rows, count);
    if (!print(table, rows, count))
        return out_of_memory();
    table->no_header = true;
    return EXIT_OK;
}

enum exit_code table_print(struct table *table,
                           const struct tokenstore_token *const *tokens,
                           size_t count, int64_t now) {
    struct row *rows = calloc(count + 1, sizeof(*rows));
    struct row **places = calloc(count + 1, sizeof(struct row *));
    bool good = rows != NULL && places != NULL;
    enum exit_code code;

    for (size_t i = 0; good && i < count; i++) {
        good = table_row(table, tokens[i], now, &rows[i]);
        places[i] = &rows[i];
    }
    code = good ? table_print_rows(table, places, count) : out_of_memory();
    for (size_t i = 0; rows != NULL && i < count; i++)
        row_free(&rows[i]);
    free(places);
    free(rows);
    return code;
}
