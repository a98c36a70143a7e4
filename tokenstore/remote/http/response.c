/*
 * response.c - collect a response while it arrives: the headers that the
 * plugin reads, and a body of limited size.  Called by libcurl, but knows
 * nothing of it.
 */
#include "tokenstore/remote/http/response.h"

#include <stdlib.h>
#include <string.h>

#include "tokenstore/tokenstore.h"

void response_begin(struct response_reader *reader, size_t max) {
    struct response *response = &reader->response;

    if (response->body != NULL)
        tokenstore_wipe(response->body, response->head.length);
    free(response->body);
    memset(reader, 0, sizeof(*reader));
    reader->max = max;
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
        else if (!head_take_line(&reader->response.head, line, length))
            reader->malformed = true;
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
    size_t used = response->head.length;
    size_t length = size * count;

    if (length > reader->max - used) {
        reader->too_large = true;
        return 0;
    }
    /* Allocate the maximum at once: growing would leave copies of a secret in
     * freed memory. */
    if (response->body == NULL)
        response->body = malloc(reader->max + 1);
    if (response->body == NULL)
        return 0;
    memcpy(response->body + used, data, length);
    response->body[used + length] = '\0';
    response->head.length = used + length;
    return length;
}
