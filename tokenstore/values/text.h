/*
 * text.h - which text may stand in a record.
 */
#ifndef TOKENSTORE_VALUES_TEXT_H
#define TOKENSTORE_VALUES_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is this strict UTF-8 (no overlong form, no surrogate, at most U+10FFFF)
 * without control characters (C0, DEL, C1) and without the line and paragraph
 * separators U+2028 and U+2029?
 */
bool text_is_printable(const char *text, size_t length);

/* Is this a scope: 1 to TOKENSTORE_SCOPE_MAX of a-z, 0-9 and ". _ : -"? */
bool text_is_scope(const char *text, size_t length);

#endif
