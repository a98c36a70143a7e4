/*
 * presented.c - find bearer tokens in texts: tell a damaged one from a
 * password, and mask all of them in a text that is shown.  Pure.  Must never
 * give out more of a token than its id, and the id only if the checksum is
 * right: in a token that lost characters, parts of the secret stand where the
 * id should be.
 *
 * Shaped like a token is the prefix, in upper or lower case, and the
 * characters of base64url after it.  Each of them may be percent-encoded, also
 * several times (%5F, %255F, %25255F).
 */
#include "tokenstore/format/presented.h"

#include <stdio.h>
#include <string.h>

#include "tokenstore/format/bearer.h"

#define PREFIX_LENGTH (sizeof(TOKENSTORE_BEARER_PREFIX) - 1)
#define ENCODED_TIMES_MAX 3
#define DOTS "..."

/* Where something shaped like a token stands in a text. */
struct shape {
    size_t begin;
    size_t body; /* where its prefix ends */
    size_t end;
    uint64_t id; /* 0: the checksum is not right */
};

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/* The number of bytes of the character at text, which may be
 * percent-encoded. */
static size_t take_character(const char *text, size_t length, char *out) {
    size_t used = 1;

    *out = text[0];
    if (text[0] != '%')
        return 1;
    for (int i = 1; i < ENCODED_TIMES_MAX && used + 4 <= length &&
                    memcmp(text + used, "25", 2) == 0;
         i++)
        used += 2;
    if (used + 2 > length || hex_digit(text[used]) < 0 ||
        hex_digit(text[used + 1]) < 0)
        return 1;
    *out = (char)(hex_digit(text[used]) * 16 + hex_digit(text[used + 1]));
    return used + 2;
}

static bool is_body(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Does the prefix stand at this place of the text?  *end is behind it. */
static bool has_prefix(const char *text, size_t length, size_t begin,
                       size_t *end) {
    char c;

    *end = begin;
    for (size_t i = 0; i < PREFIX_LENGTH; i++) {
        if (*end >= length)
            return false;
        *end += take_character(text + *end, length - *end, &c);
        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        if (c != TOKENSTORE_BEARER_PREFIX[i])
            return false;
    }
    return true;
}

/* Finds the end of the shape, and its id. */
static void measure(const char *text, size_t length, struct shape *shape) {
    char bearer[TOKENSTORE_BEARER_LENGTH] = TOKENSTORE_BEARER_PREFIX;
    size_t filled = PREFIX_LENGTH;
    struct bearer_parts parts = {.id = 0};

    shape->end = shape->body;
    while (shape->end < length) {
        char c;
        size_t used =
            take_character(text + shape->end, length - shape->end, &c);

        if (used == 1 && !is_body(c))
            break;
        if (filled < sizeof(bearer))
            bearer[filled++] = c;
        shape->end += used;
    }
    shape->id =
        bearer_parse(bearer, filled, &parts) == TOKENSTORE_OK ? parts.id : 0;
    tokenstore_wipe(&parts, sizeof(parts));
    tokenstore_wipe(bearer, sizeof(bearer));
}

/* Finds the first shape that begins at "from" or later. */
static bool find_shape(const char *text, size_t length, size_t from,
                       struct shape *shape) {
    for (size_t begin = from; begin < length; begin++) {
        if (!has_prefix(text, length, begin, &shape->body))
            continue;
        shape->begin = begin;
        measure(text, length, shape);
        return true;
    }
    return false;
}

/* False for a length that underflowed. */
static bool is_possible(const char *text, size_t length) {
    return text != NULL && length <= PTRDIFF_MAX;
}

void presented_trim(const char **text, size_t *length) {
    if (!is_possible(*text, *length))
        return;
    while (*length > 0 && memchr(" \t\r\n", **text, 4) != NULL) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && memchr(" \t\r\n", (*text)[*length - 1], 4) != NULL)
        (*length)--;
}

bool presented_holds_token(const char *text, size_t length) {
    struct shape shape;

    return is_possible(text, length) && find_shape(text, length, 0, &shape);
}

enum tokenstore_error tokenstore_bearer_id(const char *text, size_t length,
                                           uint64_t *id) {
    struct bearer_parts parts;
    struct shape shape;
    enum tokenstore_error error;

    if (!is_possible(text, length))
        return TOKENSTORE_ERROR_INVALID_BEARER;
    presented_trim(&text, &length);
    error = bearer_parse(text, length, &parts);
    if (error == TOKENSTORE_OK) {
        *id = parts.id;
        tokenstore_wipe(&parts, sizeof(parts));
        return TOKENSTORE_OK;
    }
    if (!find_shape(text, length, 0, &shape))
        return TOKENSTORE_ERROR_INVALID_BEARER;
    *id = shape.id;
    return TOKENSTORE_ERROR_REFUSED;
}

/* Writes what stands for a shape that is not whole: never longer than the
 * shape, whose body has "room" bytes. */
static void put_dots(char *mask, size_t size, size_t room) {
    snprintf(mask, size, TOKENSTORE_BEARER_PREFIX "%.*s",
             room < strlen(DOTS) ? (int)room : (int)strlen(DOTS), DOTS);
}

char *tokenstore_mask(char *text) {
    /* With the longest id; shorter than a whole token. */
    char mask[sizeof(TOKENSTORE_BEARER_PREFIX DOTS "id:18446744073709551615")];
    size_t length = strlen(text);
    struct shape shape = {.end = 0};

    _Static_assert(sizeof(mask) <= TOKENSTORE_BEARER_LENGTH,
                   "a mask is never longer than what it stands for");
    while (find_shape(text, length, shape.end, &shape)) {
        size_t size, saved;

        if (shape.id != 0)
            snprintf(mask, sizeof(mask),
                     TOKENSTORE_BEARER_PREFIX DOTS "id:%llu",
                     (unsigned long long)shape.id);
        else
            put_dots(mask, sizeof(mask), shape.end - shape.body);
        size = strlen(mask);
        memcpy(text + shape.begin, mask, size);
        memmove(text + shape.begin + size, text + shape.end,
                length - shape.end + 1);
        /* Nothing of the token remains after the end of the text either. */
        saved = shape.end - shape.begin - size;
        length -= saved;
        tokenstore_wipe(text + length + 1, saved);
        shape.end = shape.begin + size;
    }
    return text;
}
