/*
 * presented.h - texts in which a bearer token stands: what people present as
 * one, and what must not show one.
 */
#ifndef TOKENSTORE_FORMAT_PRESENTED_H
#define TOKENSTORE_FORMAT_PRESENTED_H

#include <stdbool.h>
#include <stddef.h>

/* Leave out blanks, tabs, CR and LF around a text: moves *text and shortens
 * *length.  *text may be NULL. */
void presented_trim(const char **text, size_t *length);

/* Does the text contain something that is shaped like a bearer token, or the
 * prefix alone?  If a text is no bearer token and this is true, it is a bearer
 * token that was damaged on its way, and no password. */
bool presented_holds_token(const char *text, size_t length);

#endif
