/*
 * head.h - what is read of a response besides its content.
 */
#ifndef TOKENSTORE_REMOTE_HEAD_H
#define TOKENSTORE_REMOTE_HEAD_H

#include <stdbool.h>
#include <stddef.h>

/* The headers that are read; all others are ignored. */
enum header_name {
    HEADER_CHALLENGE,
    HEADER_CONTENT_LENGTH,
    HEADER_CONTENT_TYPE,
    HEADER_REMOTE_USER,
    HEADER_RETRY_AFTER,
    HEADER_TOKEN_ID,
    HEADER_TOKEN_SCOPE,
    HEADER_TRANSFER_ENCODING,
    HEADER_COUNT,
};

/* Room for X-Token-Scope with as many scopes as a token can have. */
#define HEADER_SIZE 4096

struct header {
    unsigned int count;     /* how often it came; more than once is an error */
    char text[HEADER_SIZE]; /* of the last one; printable, without blanks at
                               either end */
};

/* Zero-initialise. */
struct head {
    long status;   /* HTTP status code */
    size_t length; /* of the content, in bytes */
    struct header headers[HEADER_COUNT];
};

/* Take one line of headers, without the end of the line.  Returns false if it
 * violates HTTP, or if a header that is read is too long or not printable. */
bool head_take_line(struct head *head, const char *line, size_t length);

#endif
