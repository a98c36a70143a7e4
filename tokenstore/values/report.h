/*
 * report.h - lines of text for a person, inside libtokenstore.
 */
#ifndef TOKENSTORE_VALUES_REPORT_H
#define TOKENSTORE_VALUES_REPORT_H

#include "tokenstore/tokenstore.h"

/* NULL without memory. */
struct tokenstore_report *report_new(void);

/*
 * Add a line; a NULL report takes none.  After 10,000 lines the rest is only
 * counted, in a last line; a line without memory is lost, which no caller's
 * verdict depends on.
 */
void report_add(struct tokenstore_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
