/*
 * text.c - which text may stand in a record: strict UTF-8 that does not move
 * the cursor of a terminal; and any text made safe for one.  Pure.
 */
#include "tokenstore/values/text.h"

#include <stdint.h>
#include <string.h>

#include "tokenstore/tokenstore.h"

/*
 * The length of the UTF-8 sequence at text and its code point; 0 when it is
 * none.  A sequence must be the shortest for its code point.
 */
static size_t decode_utf8(const unsigned char *text, size_t length,
                          uint32_t *code) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size;

    if (text[0] < 0x80) {
        *code = text[0];
        return 1;
    }
    if ((text[0] & 0xe0) == 0xc0)
        size = 2;
    else if ((text[0] & 0xf0) == 0xe0)
        size = 3;
    else if ((text[0] & 0xf8) == 0xf0)
        size = 4;
    else
        return 0;
    if (size > length)
        return 0;
    *code = text[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (text[i] & 0x3fu);
    }
    if (*code < smallest[size] || *code > 0x10ffff ||
        (*code >= 0xd800 && *code <= 0xdfff))
        return 0;
    return size;
}

/* Does it act on a terminal, or end a line? */
static bool is_control(uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 ||
           code == 0x2029;
}

/* Does it change the direction of the text around it? */
static bool is_direction(uint32_t code) {
    return code == 0x61c || code == 0x200e || code == 0x200f ||
           (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

bool text_is_printable(const char *text, size_t length) {
    const unsigned char *cursor = (const unsigned char *)text;

    while (length > 0) {
        uint32_t code;
        size_t size = decode_utf8(cursor, length, &code);

        if (size == 0 || is_control(code))
            return false;
        cursor += size;
        length -= size;
    }
    return true;
}

size_t tokenstore_escape(const char *text, char *escaped, size_t size) {
    static const char hex[] = "0123456789abcdef";
    size_t length = strlen(text), used = 0;

    while (length > 0) {
        const unsigned char *cursor = (const unsigned char *)text;
        uint32_t code;
        size_t taken = decode_utf8(cursor, length, &code);
        const bool plain =
            taken > 0 && !is_control(code) && !is_direction(code);

        if (!plain)
            taken = 1;
        if (used + (plain ? taken : 4) >= size)
            break;
        if (plain) {
            memcpy(escaped + used, text, taken);
            used += taken;
        } else {
            escaped[used++] = '\\';
            escaped[used++] = 'x';
            escaped[used++] = hex[*cursor >> 4];
            escaped[used++] = hex[*cursor & 15];
        }
        text += taken;
        length -= taken;
    }
    escaped[used] = '\0';
    return used;
}

bool text_is_scope(const char *text, size_t length) {
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789._:-";

    if (length == 0 || length > TOKENSTORE_SCOPE_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (memchr(alphabet, text[i], sizeof(alphabet) - 1) == NULL)
            return false;
    return true;
}
