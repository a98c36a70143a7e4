/*
 * report.h - lines of text for a person, inside libtokenstore.
 */
#ifndef TOKENSTORE_VALUES_REPORT_H
#define TOKENSTORE_VALUES_REPORT_H

#include "tokenstore/tokenstore.h"

/* Make an empty report with room for so many lines; free it with
 * tokenstore_report_free().  NULL without memory. */
struct tokenstore_report *report_new(size_t lines_max);

/*
 * Add a line; does nothing to a NULL report.  When there is no more room, the
 * rest is only counted, in a last line.  A line for which there is no memory
 * is lost, so no caller may base a verdict on the number of lines.
 */
void report_add(struct tokenstore_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Is every line there that was added? */
bool report_is_complete(const struct tokenstore_report *report);

#endif
