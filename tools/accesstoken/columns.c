/*
 * columns.c - measure, cut and fit the texts of a table.
 */
#include <config.h>

#include "tools/accesstoken/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define ESCAPE_WIDTH 4 /* of a byte as \xNN */

/* Returns the length of the first character, and its columns. */
static size_t first(const char *text, size_t *columns) {
    mbstate_t state = {0};
    wchar_t character;
    size_t length = mbrtowc(&character, text, strlen(text), &state);
    int width = -1;

    if (length > 0 && length != (size_t)-1 && length != (size_t)-2)
        width = wcwidth(character);
    else
        length = 1;
    *columns = width >= 0 ? (size_t)width : ESCAPE_WIDTH * length;
    return length;
}

/* Returns the length of the longest beginning of at most "most" columns. */
static size_t beginning(const char *text, size_t most) {
    size_t used = 0, at = 0, columns;

    while (text[at] != '\0') {
        const size_t length = first(text + at, &columns);

        if (used + columns > most)
            break;
        used += columns;
        at += length;
    }
    return at;
}

size_t columns_of(const char *text) {
    size_t total = 0, columns;

    for (; *text != '\0'; total += columns)
        text += first(text, &columns);
    return total;
}

/* Returns dots if the locale has no ellipsis. */
static const char *ellipsis(void) {
    return columns_of("\u2026") == 1 ? "\u2026" : "...";
}

char *columns_cut(const char *text, size_t most) {
    const char *mark = ellipsis();
    const size_t mark_width = columns_of(mark);
    size_t length;
    char *cut;

    if (columns_of(text) <= most)
        return strdup(text);
    length = beginning(text, most > mark_width ? most - mark_width : 0);
    cut = malloc(length + strlen(mark) + 1);
    if (cut != NULL)
        sprintf(cut, "%.*s%s", (int)length, text, mark);
    return cut;
}

size_t columns_total(const size_t *widths, size_t count) {
    size_t total = 0;

    for (size_t i = 0; i < count; i++)
        if (widths[i] > 0)
            total += widths[i] + (total > 0);
    return total;
}

void columns_fit(size_t *widths, const size_t *least, size_t count,
                 size_t room) {
    while (columns_total(widths, count) > room) {
        size_t *widest = NULL;

        for (size_t i = 0; i < count; i++)
            if (widths[i] > least[i] &&
                (widest == NULL || widths[i] > *widest))
                widest = &widths[i];
        if (widest == NULL)
            return;
        --*widest;
    }
}
