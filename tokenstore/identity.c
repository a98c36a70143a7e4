/*
 * identity.c - the identity object: who a token is for, as people type it, as
 * the schema has it, and as the account that NSS knows.  The only caller of
 * NSS.  It must never guess: an account that NSS does not answer for is
 * neither there nor absent, and fields that disagree are never reconciled.
 */
#include <config.h>

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "identity.h"

/* -------------------------------------------------------------------- text */

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

bool text_is_printable(const char *text, size_t length) {
    const unsigned char *cursor = (const unsigned char *)text;

    while (length > 0) {
        uint32_t code;
        size_t size = decode_utf8(cursor, length, &code);

        if (size == 0 || code < 0x20 || (code >= 0x7f && code <= 0x9f) ||
            code == 0x2028 || code == 0x2029)
            return false;
        cursor += size;
        length -= size;
    }
    return true;
}

bool identity_name_valid(const char *name) {
    size_t length = strlen(name);

    return length >= 1 && length <= IDENTITY_NAME_MAX && name[0] != '-' &&
           name[0] != '+' && strpbrk(name, ":/") == NULL &&
           text_is_printable(name, length);
}

bool identity_is_set(const struct tokenstore_identity *identity) {
    return identity->domain != IDENTITY_DOMAIN_UNSET || identity->has_uid ||
           identity->has_gid || identity->name[0] != '\0' ||
           identity->sid[0] != '\0' || identity->auth_id[0] != '\0';
}
