/*
 * head.c - what is read of a response besides its content.  Pure.
 */
#include "tokenstore/remote/head.h"

#include <string.h>
#include <strings.h>

#include "tokenstore/values/text.h"

static const char *const names[HEADER_COUNT] = {
    [HEADER_CHALLENGE] = "WWW-Authenticate",
    [HEADER_CONTENT_LENGTH] = "Content-Length",
    [HEADER_CONTENT_TYPE] = "Content-Type",
    [HEADER_REMOTE_USER] = "Remote-User",
    [HEADER_RETRY_AFTER] = "Retry-After",
    [HEADER_TOKEN_ID] = "X-Token-Id",
    [HEADER_TOKEN_SCOPE] = "X-Token-Scope",
    [HEADER_TRANSFER_ENCODING] = "Transfer-Encoding",
};

bool head_take_line(struct head *head, const char *line, size_t length) {
    const char *value = memchr(line, ':', length);
    struct header *header;
    size_t name_length;
    size_t i = 0;

    /* A line that begins with a blank would continue the line before it: an
     * obsolete form that no server needs. */
    if (value == NULL || value == line || *line == ' ' || *line == '\t')
        return false;
    name_length = (size_t)(value - line);
    while (i < HEADER_COUNT && (strlen(names[i]) != name_length ||
                                strncasecmp(names[i], line, name_length) != 0))
        i++;
    if (i == HEADER_COUNT)
        return true;
    header = &head->headers[i];
    length -= name_length + 1;
    for (value++; length > 0 && (*value == ' ' || *value == '\t'); length--)
        value++;
    while (length > 0 &&
           (value[length - 1] == ' ' || value[length - 1] == '\t'))
        length--;
    if (length >= HEADER_SIZE || !text_is_printable(value, length))
        return false;
    header->count++;
    memcpy(header->text, value, length);
    header->text[length] = '\0';
    return true;
}
