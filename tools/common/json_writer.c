/*
 * json_writer.c - write JSON into one growing buffer.  Must never leave a copy
 * of the text, which may be a secret, in freed memory, nor write a byte that
 * would not be valid JSON.
 */
#include <config.h>

#include "tools/common/json_writer.h"

#include <stdlib.h>
#include <string.h>

/* Makes room for "count" more bytes.  Returns false without memory. */
static bool reserve(struct json_writer *json, size_t count) {
    size_t size;
    char *data;

    if (json->failed)
        return false;
    if (count <= json->size - json->length)
        return true;
    size = json->size > 0 ? json->size : 512;
    while (size - json->length < count) {
        if (size > SIZE_MAX / 2)
            goto fail;
        size *= 2;
    }
    /* Not realloc(), which would leave the old text in freed memory. */
    data = malloc(size);
    if (data == NULL)
        goto fail;
    if (json->data != NULL) {
        memcpy(data, json->data, json->length);
        explicit_bzero(json->data, json->size);
        free(json->data);
    }
    json->data = data;
    json->size = size;
    return true;
fail:
    json->failed = true;
    return false;
}

static void append(struct json_writer *json, const char *text, size_t length) {
    if (!reserve(json, length))
        return;
    memcpy(json->data + json->length, text, length);
    json->length += length;
}

/* Writes the comma before a key or a value, if it needs one. */
static void separate(struct json_writer *json) {
    if (json->comma)
        append(json, ",", 1);
    json->comma = true;
}

static void begin(struct json_writer *json, const char *bracket) {
    separate(json);
    append(json, bracket, 1);
    json->comma = false;
}

static void end(struct json_writer *json, const char *bracket) {
    append(json, bracket, 1);
    json->comma = true;
}

void json_begin_object(struct json_writer *json) { begin(json, "{"); }
void json_end_object(struct json_writer *json) { end(json, "}"); }
void json_begin_array(struct json_writer *json) { begin(json, "["); }
void json_end_array(struct json_writer *json) { end(json, "]"); }

void json_put_key(struct json_writer *json, const char *key) {
    separate(json);
    append(json, "\"", 1);
    append(json, key, strlen(key));
    append(json, "\":", 2);
    json->comma = false;
}

/*
 * Returns the length of the UTF-8 sequence that begins here, or 0 if there is
 * none (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF).
 * Reads no further than a terminating NUL.
 */
static size_t utf8_length(const unsigned char *text) {
    unsigned char low = 0x80, high = 0xbf;
    size_t length;

    if (text[0] < 0x80)
        return 1;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    if (text[0] == 0xe0)
        low = 0xa0;
    if (text[0] == 0xed)
        high = 0x9f;
    if (text[0] == 0xf0)
        low = 0x90;
    if (text[0] == 0xf4)
        high = 0x8f;
    if (text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* Writes a byte that has to be escaped or replaced. */
static void append_escaped(struct json_writer *json, unsigned char byte) {
    static const char hex[] = "0123456789abcdef";
    char text[] = "\\u0000";

    switch (byte) {
    case '"':
        append(json, "\\\"", 2);
        return;
    case '\\':
        append(json, "\\\\", 2);
        return;
    case '\n':
        append(json, "\\n", 2);
        return;
    case '\r':
        append(json, "\\r", 2);
        return;
    case '\t':
        append(json, "\\t", 2);
        return;
    }
    if (byte >= 0x80) {
        append(json, "\\ufffd", 6);
        return;
    }
    text[4] = hex[byte >> 4];
    text[5] = hex[byte & 0xf];
    append(json, text, 6);
}

void json_put_string(struct json_writer *json, const char *text) {
    const char *plain =
        text; /* where the text that is not yet appended begins */
    size_t length;

    separate(json);
    append(json, "\"", 1);
    while (*text != '\0') {
        const unsigned char byte = (unsigned char)*text;

        length = utf8_length((const unsigned char *)text);
        if (length > 0 && byte >= 0x20 && byte != '"' && byte != '\\') {
            text += length;
            continue;
        }
        append(json, plain, (size_t)(text - plain));
        append_escaped(json, byte);
        plain = ++text;
    }
    append(json, plain, (size_t)(text - plain));
    append(json, "\"", 1);
}

void json_put_number(struct json_writer *json, uint64_t number) {
    char digits[20];
    size_t first = sizeof(digits);

    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    separate(json);
    append(json, digits + first, sizeof(digits) - first);
}

void json_put_bool(struct json_writer *json, bool value) {
    separate(json);
    if (value)
        append(json, "true", 4);
    else
        append(json, "false", 5);
}

void json_put_null(struct json_writer *json) {
    separate(json);
    append(json, "null", 4);
}

void json_put_value(struct json_writer *json, const char *value) {
    separate(json);
    append(json, value, strlen(value));
}

void json_newline(struct json_writer *json) {
    append(json, "\n", 1);
    json->comma = false;
}

void json_free(struct json_writer *json) {
    if (json->data != NULL)
        explicit_bzero(json->data, json->size);
    free(json->data);
    *json = (struct json_writer){0};
}
