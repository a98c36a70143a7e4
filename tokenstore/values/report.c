/*
 * report.c - lines of text for a person: what check found, what restore did.
 */
#include "tokenstore/values/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct tokenstore_report {
    size_t max;
    size_t count;
    size_t room;
    char **lines;   /* one more than max: it counts those without a place */
    size_t missing; /* without a place */
    bool lost;      /* without memory */
};

struct tokenstore_report *report_new(size_t lines_max) {
    struct tokenstore_report *report = calloc(1, sizeof(*report));

    if (report != NULL)
        report->max = lines_max;
    return report;
}

/* Make room for one more line. */
static bool grow(struct tokenstore_report *report) {
    size_t room = report->room == 0 ? 64 : 2 * report->room;
    char **lines = report->lines;

    if (report->count < report->room)
        return true;
    lines = reallocarray(lines, room, sizeof(*lines));
    if (lines == NULL)
        return false;
    report->lines = lines;
    report->room = room;
    return true;
}

/* Append a line, which belongs to the report from now on.  NULL: without
 * memory. */
static void append(struct tokenstore_report *report, char *line) {
    if (line != NULL && grow(report)) {
        report->lines[report->count++] = line;
        return;
    }
    free(line);
    report->lost = true;
}

/* Replace the last line, which counts the lines that did not fit. */
static void note_missing(struct tokenstore_report *report) {
    char *line = NULL;

    report->missing++;
    if (asprintf(&line, "... and %zu lines more", report->missing) < 0)
        return;
    if (report->count > report->max)
        free(report->lines[--report->count]);
    append(report, line);
}

void report_add(struct tokenstore_report *report, const char *format, ...) {
    va_list arguments;
    char *line = NULL;

    if (report == NULL)
        return;
    if (report->count >= report->max) {
        note_missing(report);
        return;
    }
    va_start(arguments, format);
    if (vasprintf(&line, format, arguments) < 0)
        line = NULL;
    va_end(arguments);
    append(report, line);
}

bool report_is_complete(const struct tokenstore_report *report) {
    return report->missing == 0 && !report->lost;
}

size_t tokenstore_report_count(const struct tokenstore_report *report) {
    return report->count;
}

const char *tokenstore_report_line(const struct tokenstore_report *report,
                                   size_t index) {
    return index < report->count ? report->lines[index] : NULL;
}

void tokenstore_report_free(struct tokenstore_report **report) {
    if (report == NULL || *report == NULL)
        return;
    for (size_t i = 0; i < (*report)->count; i++)
        free((*report)->lines[i]);
    free((*report)->lines);
    free(*report);
    *report = NULL;
}
