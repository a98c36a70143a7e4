/*
 * report.c - lines of text for a person: what check found, what restore did.
 * Their number is limited, so that a badly damaged file cannot fill the
 * memory.
 */
#include "tokenstore/values/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define LINES_MAX 10000

struct tokenstore_report {
    size_t count;
    char *lines[LINES_MAX + 1]; /* the last one says how many are missing */
    size_t missing;
};

struct tokenstore_report *report_new(void) {
    return calloc(1, sizeof(struct tokenstore_report));
}

/* Replace the last line, which counts the lines that did not fit. */
static void note_missing(struct tokenstore_report *report) {
    char *line = NULL;

    report->missing++;
    if (asprintf(&line, "... and %zu lines more", report->missing) < 0)
        return;
    free(report->lines[LINES_MAX]);
    report->lines[LINES_MAX] = line;
    report->count = LINES_MAX + 1;
}

void report_add(struct tokenstore_report *report, const char *format, ...) {
    va_list arguments;
    char *line = NULL;
    int length;

    if (report == NULL)
        return;
    if (report->count >= LINES_MAX) {
        note_missing(report);
        return;
    }
    va_start(arguments, format);
    length = vasprintf(&line, format, arguments);
    va_end(arguments);
    if (length >= 0)
        report->lines[report->count++] = line;
}

size_t tokenstore_report_count(const struct tokenstore_report *report) {
    return report->count;
}

const char *tokenstore_report_line(const struct tokenstore_report *report,
                                   size_t index) {
    return index < report->count ? report->lines[index] : NULL;
}

void tokenstore_report_free(struct tokenstore_report **report) {
    if (report == NULL)
        return;
    if (*report != NULL)
        for (size_t i = 0; i <= LINES_MAX; i++)
            free((*report)->lines[i]);
    free(*report);
    *report = NULL;
}
