/*
 * response.c - collect a response while it arrives: the headers that the
 * plugin reads, and a body of limited size.  Called by libcurl, but knows
 * nothing of it.
 */
#include "tokenstore/remote/http/response.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tokenstore/tokenstore.h"
#include "tokenstore/values/text.h"

void response_begin(struct response_reader *reader, size_t max) {
    struct response *response = &reader->response;

    if (response->body != NULL)
        tokenstore_wipe(response->body, response->length);
    free(response->body);
    memset(reader, 0, sizeof(*reader));
    reader->max = max;
}

static void take_header(struct response_reader *reader, const char *line,
                        size_t length) {
    static const char *const names[HEADER_COUNT] = {
        [HEADER_CHALLENGE] = "WWW-Authenticate",
        [HEADER_CONTENT_TYPE] = "Content-Type",
        [HEADER_REMOTE_USER] = "Remote-User",
        [HEADER_RETRY_AFTER] = "Retry-After",
        [HEADER_TOKEN_ID] = "X-Token-Id",
        [HEADER_TOKEN_SCOPE] = "X-Token-Scope",
    };
    const char *value = memchr(line, ':', length);
    struct header *header;
    size_t name_length;
    size_t i = 0;

    /* A line that begins with a blank would continue the line before it: an
     * obsolete form that no server needs. */
    if (value == NULL || value == line || *line == ' ' || *line == '\t') {
        reader->malformed = true;
        return;
    }
    name_length = (size_t)(value - line);
    while (i < HEADER_COUNT && (strlen(names[i]) != name_length ||
                                strncasecmp(names[i], line, name_length) != 0))
        i++;
    if (i == HEADER_COUNT)
        return;
    header = &reader->response.headers[i];
    length -= name_length + 1;
    for (value++; length > 0 && (*value == ' ' || *value == '\t'); length--)
        value++;
    while (length > 0 &&
           (value[length - 1] == ' ' || value[length - 1] == '\t'))
        length--;
    if (length >= HEADER_SIZE || !text_is_printable(value, length)) {
        reader->malformed = true;
        return;
    }
    header->count++;
    memcpy(header->text, value, length);
    header->text[length] = '\0';
}

/* Is this the status line of an interim response, such as "HTTP/1.1 100
 * Continue" or 103?  The real response follows it. */
static bool is_hint(const char *line, size_t length) {
    const char *status = memchr(line, ' ', length);

    return status != NULL && (size_t)(status - line) + 1 < length &&
           status[1] == '1';
}

size_t response_take_header(char *line, size_t size, size_t count,
                            void *data) {
    struct response_reader *reader = data;
    size_t length = size * count;

    while (length > 0 &&
           (line[length - 1] == '\r' || line[length - 1] == '\n'))
        length--;
    switch (reader->position) {
    case BEFORE_HEADERS:
        reader->position = is_hint(line, length) ? IN_HINTS : IN_HEADERS;
        break;
    case IN_HINTS:
        if (length == 0)
            reader->position = BEFORE_HEADERS;
        break;
    case IN_HEADERS:
        if (length == 0)
            reader->position = AFTER_HEADERS;
        else
            take_header(reader, line, length);
        break;
    case AFTER_HEADERS: /* trailers: ignored */
        break;
    }
    return size * count;
}

size_t response_take_body(char *data, size_t size, size_t count,
                          void *argument) {
    struct response_reader *reader = argument;
    struct response *response = &reader->response;
    size_t length = size * count;

    if (length > reader->max - response->length) {
        reader->too_large = true;
        return 0;
    }
    /* Allocate the maximum at once: growing would leave copies of a secret in
     * freed memory. */
    if (response->body == NULL)
        response->body = malloc(reader->max + 1);
    if (response->body == NULL)
        return 0;
    memcpy(response->body + response->length, data, length);
    response->length += length;
    response->body[response->length] = '\0';
    return length;
}
