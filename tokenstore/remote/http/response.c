/*
 * response.c - an answer, as it comes in: the headers that mean something, and
 * a body that may be no longer than was said.  Knows nothing of libcurl, which
 * calls it.
 */
#include "tokenstore/remote/http/response.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tokenstore/tokenstore.h"
#include "tokenstore/values/text.h"

void receive_begin(struct receiver *receiver, size_t max) {
    struct answer *answer = &receiver->answer;

    if (answer->body != NULL)
        tokenstore_wipe(answer->body, answer->length);
    free(answer->body);
    memset(receiver, 0, sizeof *receiver);
    receiver->max = max;
}

static void take_header(struct receiver *receiver, const char *line,
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

    /* A blank in front continues the line before, as nobody writes. */
    if (value == NULL || value == line || *line == ' ' || *line == '\t') {
        receiver->malformed = true;
        return;
    }
    name_length = (size_t)(value - line);
    while (i < HEADER_COUNT && (strlen(names[i]) != name_length ||
                                strncasecmp(names[i], line, name_length) != 0))
        i++;
    if (i == HEADER_COUNT)
        return;
    header = &receiver->answer.headers[i];
    length -= name_length + 1;
    for (value++; length > 0 && (*value == ' ' || *value == '\t'); length--)
        value++;
    while (length > 0 &&
           (value[length - 1] == ' ' || value[length - 1] == '\t'))
        length--;
    if (length >= HEADER_SIZE || !text_is_printable(value, length)) {
        receiver->malformed = true;
        return;
    }
    header->count++;
    memcpy(header->text, value, length);
    header->text[length] = '\0';
}

/* "HTTP/1.1 100 Continue" and 103 come before the answer and are none. */
static bool is_hint(const char *line, size_t length) {
    const char *status = memchr(line, ' ', length);

    return status != NULL && (size_t)(status - line) + 1 < length &&
           status[1] == '1';
}

size_t receive_header(char *line, size_t size, size_t count, void *data) {
    struct receiver *receiver = data;
    size_t length = size * count;

    while (length > 0 &&
           (line[length - 1] == '\r' || line[length - 1] == '\n'))
        length--;
    switch (receiver->place) {
    case BEFORE_HEADERS:
        receiver->place = is_hint(line, length) ? IN_HINTS : IN_HEADERS;
        break;
    case IN_HINTS:
        if (length == 0)
            receiver->place = BEFORE_HEADERS;
        break;
    case IN_HEADERS:
        if (length == 0)
            receiver->place = BEHIND_HEADERS;
        else
            take_header(receiver, line, length);
        break;
    case BEHIND_HEADERS: /* below the body: nothing that anybody waits for */
        break;
    }
    return size * count;
}

size_t receive_body(char *data, size_t size, size_t count, void *argument) {
    struct receiver *receiver = argument;
    struct answer *answer = &receiver->answer;
    size_t length = size * count;

    if (length > receiver->max - answer->length) {
        receiver->too_large = true;
        return 0;
    }
    /* All of it at once: growing would leave copies of a secret about. */
    if (answer->body == NULL)
        answer->body = malloc(receiver->max + 1);
    if (answer->body == NULL)
        return 0;
    memcpy(answer->body + answer->length, data, length);
    answer->length += length;
    answer->body[answer->length] = '\0';
    return length;
}
