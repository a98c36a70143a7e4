/*
 * table.c - print tokens as a table.  Never shortens a value, because a scope
 * that is not shown would mislead.  libsmartcols makes text from outside safe
 * for terminals.
 */
#include <config.h>

#include "tools/accesstoken/table.h"

#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/accesstoken/output.h"

enum column { ID, USER, NAME, SCOPES, CREATED, EXPIRES, LAST_USED, STATUS };

static const char *const headings[TABLE_COLUMNS] = {
    [ID] = "ID",
    [USER] = "USER",
    [NAME] = "NAME",
    [SCOPES] = "SCOPES",
    [CREATED] = "CREATED",
    [EXPIRES] = "EXPIRES",
    [LAST_USED] = "LAST USED",
    [STATUS] = "STATUS",
};

bool table_wants_color(void) {
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && (no_color == NULL || *no_color == '\0') &&
           term != NULL && strcmp(term, "dumb") != 0;
}

/* Writes "imap,smtp".  Returns false if that is too long. */
static bool join_scopes(const struct tokenstore_token *token, char *text,
                        size_t size) {
    const size_t count = tokenstore_token_scope_count(token);
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const int length =
            snprintf(text + used, size - used, "%s%s", i > 0 ? "," : "",
                     tokenstore_token_scope(token, i));

        if (length < 0 || (size_t)length >= size - used)
            return false;
        used += (size_t)length;
    }
    return true;
}

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

/* Writes a text into a cell, with every bearer token in it masked. */
static bool put_text(struct libscols_line *line, size_t column,
                     const char *text) {
    char *masked = strdup(text);

    if (masked != NULL &&
        scols_line_refer_data(line, column, tokenstore_mask(masked)) == 0)
        return true; /* the cell frees it */
    free(masked);
    return false;
}

static bool add_row(struct libscols_table *rows,
                    const struct tokenstore_token *token, int64_t now) {
    struct libscols_line *line = scols_table_new_line(rows, NULL);
    const int64_t expires = tokenstore_token_expiration_time(token);
    const enum tokenstore_status status = tokenstore_token_status(token, now);
    char id[TOKENSTORE_ID_SIZE], user[16], created[TOKENSTORE_TIME_SIZE] = "?";
    char ends[TOKENSTORE_TIME_SIZE] = "never";
    char used[TOKENSTORE_TIME_SIZE];
    char scopes[TOKENSTORE_SCOPES_MAX * (TOKENSTORE_SCOPE_MAX + 1)];

    if (line == NULL || !join_scopes(token, scopes, sizeof(scopes)))
        return false;
    tokenstore_token_id_text(token, id);
    if (tokenstore_time_format(tokenstore_token_creation_time(token),
                               created) != TOKENSTORE_OK)
        return false;
    if (expires != TOKENSTORE_NEVER &&
        tokenstore_time_format(expires, ends) != TOKENSTORE_OK)
        return false;
    return scols_line_set_data(line, ID, id) == 0 &&
           put_text(line, USER,
                    user_label(tokenstore_token_user(token), user)) &&
           put_text(line, NAME, tokenstore_token_name(token)) &&
           scols_line_set_data(line, SCOPES, scopes) == 0 &&
           scols_line_set_data(line, CREATED, created) == 0 &&
           scols_line_set_data(line, EXPIRES, ends) == 0 &&
           scols_line_set_data(line, LAST_USED, last_used(token, used)) == 0 &&
           scols_line_set_data(line, STATUS, status_name(status)) == 0 &&
           scols_cell_set_color(scols_line_get_cell(line, STATUS),
                                status_color(status)) == 0;
}

/*
 * Adds the columns, as wide as on the pages before.  Without STRICTWIDTH the
 * library makes a column that is empty on this page as narrow as its heading;
 * with it, a column as wide as its heading becomes narrower than the heading.
 */
static bool add_columns(struct libscols_table *rows,
                        const struct table *table) {
    for (size_t i = 0; i < TABLE_COLUMNS; i++) {
        const size_t width = table->widths[i];
        const int align = i == ID ? SCOLS_FL_RIGHT : 0;
        const int keep =
            width > strlen(headings[i]) ? SCOLS_FL_STRICTWIDTH : 0;

        if (scols_table_new_column(rows, headings[i], (double)width,
                                   align | keep) == NULL)
            return false;
    }
    return true;
}

static void remember_widths(struct libscols_table *rows, struct table *table) {
    for (size_t i = 0; i < TABLE_COLUMNS; i++) {
        const size_t width =
            scols_column_get_width(scols_table_get_column(rows, i));

        if (width > table->widths[i])
            table->widths[i] = width;
    }
}

enum exit_code table_print(struct table *table,
                           const struct tokenstore_token *const *tokens,
                           size_t count, int64_t now) {
    struct libscols_table *rows;
    bool good;

    if (count == 0) /* keep the headings for a page with tokens */
        return EXIT_OK;
    rows = scols_new_table();
    good = rows != NULL && add_columns(rows, table);
    if (good) {
        scols_table_set_termforce(rows, SCOLS_TERMFORCE_NEVER);
        scols_table_enable_noheadings(rows, table->no_header);
        scols_table_enable_colors(rows, table->color);
    }
    for (size_t i = 0; good && i < count; i++)
        good = add_row(rows, tokens[i], now);
    if (good && scols_print_table(rows) == 0) {
        remember_widths(rows, table);
        table->no_header = true;
    } else {
        out_of_memory();
        good = false;
    }
    scols_unref_table(rows);
    return good ? EXIT_OK : EXIT_FAILED;
}
