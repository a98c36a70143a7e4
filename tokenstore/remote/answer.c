/*
 * answer.c - all bytes that a server sent until it closed the connection, as
 * one response.  Pure.
 * Must never take a response for complete that is cut off, or one whose end
 * could be seen in another place: lines end with CR LF, the content is as long
 * as Content-Length says, and other encodings are refused.
 */
#include "tokenstore/remote/answer.h"

#include <stdint.h>
#include <string.h>

#include "tokenstore/values/number.h"

/* What has not been read yet. */
struct rest {
    const char *bytes;
    size_t length;
};

static bool is_control(char byte) {
    return ((unsigned char)byte < 0x20 && byte != '\t') || byte == 0x7f;
}

/* Take the next line, without its end.  Returns NULL if it has no end, or if
 * a control character is in it. */
static const char *take_line(struct rest *rest, size_t *length) {
    const char *line = rest->bytes;
    const char *end = memchr(line, '\n', rest->length);

    if (end == NULL || end == line || end[-1] != '\r')
        return NULL;
    *length = (size_t)(end - line) - 1;
    for (size_t i = 0; i < *length; i++)
        if (is_control(line[i]))
            return NULL;
    rest->bytes = end + 1;
    rest->length -= *length + 2;
    return line;
}

/* "HTTP/1.1 200 OK"; the words at the end may be absent. */
static bool parse_status(const char *line, size_t length, long *status) {
    const char *digits = line + sizeof("HTTP/1.1 ") - 1;

    if (length < sizeof("HTTP/1.1 200") - 1 ||
        memcmp(line, "HTTP/1.", 7) != 0 ||
        (line[7] != '0' && line[7] != '1') || line[8] != ' ')
        return false;
    *status = 0;
    for (int i = 0; i < 3; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return false;
        *status = 10 * *status + (digits[i] - '0');
    }
    return *status >= 100 && (length == sizeof("HTTP/1.1 200") - 1 ||
                              line[sizeof("HTTP/1.1 200") - 1] == ' ');
}

/* Does the line begin with a name and a colon?  A blank between them would
 * hide a Content-Length from those who compare names. */
static bool is_field(const char *line, size_t length) {
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789!#$%&'*+-.^_`|~";
    size_t i = 0;

    while (i < length &&
           memchr(alphabet, line[i], sizeof(alphabet) - 1) != NULL)
        i++;
    return i > 0 && i < length && line[i] == ':';
}

/* Take the status line and the headers, up to the empty line after them. */
static const char *take_head(struct rest *rest, struct head *head) {
    size_t length;
    const char *line = take_line(rest, &length);

    if (line == NULL || !parse_status(line, length, &head->status))
        return "malformed status";
    for (;;) {
        line = take_line(rest, &length);
        if (line == NULL)
            return "malformed headers, or not all of them";
        if (length == 0)
            return NULL;
        if (!is_field(line, length) || !head_take_line(head, line, length))
            return "malformed headers";
    }
}

/* 101 is no interim response: what follows it is not HTTP any more. */
static bool is_interim(long status) { return status < 200 && status != 101; }

const char *answer_parse(const char *bytes, size_t length, struct head *head) {
    const struct header *stated = &head->headers[HEADER_CONTENT_LENGTH];
    struct rest rest = {bytes, length};
    const char *problem;
    uint64_t number;

    do {
        memset(head, 0, sizeof(*head));
        problem = take_head(&rest, head);
    } while (problem == NULL && is_interim(head->status));
    if (problem != NULL)
        return problem;
    if (head->headers[HEADER_TRANSFER_ENCODING].count > 0)
        return "Transfer-Encoding";
    if (stated->count > 1 ||
        (stated->count == 1 &&
         (!number_parse(stated->text, UINT64_MAX, &number) ||
          number != rest.length)))
        return "the content is not as long as Content-Length says";
    head->length = rest.length;
    return NULL;
}
