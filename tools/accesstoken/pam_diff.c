/*
 * pam_diff.c - print a change of a PAM service's file.
 */
#include <config.h>

#include "tools/accesstoken/pam_diff.h"

#include <stdio.h>
#include <string.h>

#include "tools/accesstoken/message.h"

#define CONTEXT 3 /* lines around a change */
#define TEXT_MAX 8192

/* Returns whether a line is a change, or near one. */
static bool is_shown(const struct pam_edit *edit, size_t line) {
    const size_t begin = line > CONTEXT ? line - CONTEXT : 0;

    for (size_t i = begin; i < edit->count && i <= line + CONTEXT; i++)
        if (edit->lines[i].sign != ' ')
            return true;
    return false;
}

/* Prints the lines from "begin" to "end", which stand at these numbers. */
static void print_hunk(const struct pam_edit *edit, size_t begin, size_t end,
                       size_t old_line, size_t new_line) {
    size_t old_count = 0, new_count = 0;

    for (size_t i = begin; i < end; i++) {
        old_count += edit->lines[i].sign != '+';
        new_count += edit->lines[i].sign != '-';
    }
    printf("@@ -%zu,%zu +%zu,%zu @@\n", old_line, old_count, new_line,
           new_count);
    for (size_t i = begin; i < end; i++) {
        const struct pam_edit_line *line = &edit->lines[i];
        char text[TEXT_MAX];

        snprintf(text, sizeof(text), "%.*s", (int)strcspn(line->text, "\n"),
                 line->text);
        putchar(line->sign);
        print_safe(stdout, text);
        putchar('\n');
        if (line->text[line->length - 1] != '\n')
            puts("\\ No newline at end of file");
    }
}

/* Returns the first line behind this one that is not shown if this one is, or
 * the other way round. */
static size_t find_end(const struct pam_edit *edit, size_t line) {
    const bool shown = is_shown(edit, line);

    while (line < edit->count && is_shown(edit, line) == shown)
        line++;
    return line;
}

void pam_diff_print(const struct pam_edit *edit) {
    size_t old_line = 1, new_line = 1, begin = 0;

    printf("--- /etc/pam.d/%s\n+++ /etc/pam.d/%s\n", edit->service,
           edit->service);
    while (begin < edit->count) {
        const size_t end = find_end(edit, begin);

        if (is_shown(edit, begin))
            print_hunk(edit, begin, end, old_line, new_line);
        for (; begin < end; begin++) {
            old_line += edit->lines[begin].sign != '+';
            new_line += edit->lines[begin].sign != '-';
        }
    }
}
