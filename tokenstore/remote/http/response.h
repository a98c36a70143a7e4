/*
 * response.h - the response of a server, collected while it arrives.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_RESPONSE_H
#define TOKENSTORE_REMOTE_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

/* The headers that the plugin reads; all others are ignored. */
enum header_name {
    HEADER_CHALLENGE,
    HEADER_CONTENT_TYPE,
    HEADER_REMOTE_USER,
    HEADER_RETRY_AFTER,
    HEADER_TOKEN_ID,
    HEADER_TOKEN_SCOPE,
    HEADER_COUNT,
};

/* Room for X-Token-Scope with as many scopes as a token can have. */
#define HEADER_SIZE 4096

struct header {
    unsigned int count;     /* how often it came; more than once is an error */
    char text[HEADER_SIZE]; /* of the last one; printable, without blanks at
                               either end */
};

struct response {
    long status;   /* HTTP status code */
    char *body;    /* NUL-terminated; NULL: empty.  May hold a secret */
    size_t length; /* of the body, in bytes */
    struct header headers[HEADER_COUNT];
};

/* A response and the state of reading it.  Zero-initialise. */
struct response_reader {
    struct response response;
    size_t max;     /* bytes of the body */
    bool malformed; /* a header violates HTTP or is too long */
    bool too_large; /* the body is longer than max */
    enum { BEFORE_HEADERS, IN_HEADERS, IN_HINTS, AFTER_HEADERS } position;
};

/*
 * Wipe and free what the reader holds, and prepare it for the next response,
 * whose body may have at most "max" bytes.  Also ends the use of a reader.
 */
void response_begin(struct response_reader *reader, size_t max);

/*
 * Take one line of headers, or one piece of the body: the callbacks of
 * libcurl, with a struct response_reader as the last argument.  Return the
 * number of bytes taken; less than size * count makes libcurl give up (body
 * too large, or no memory).
 */
size_t response_take_header(char *line, size_t size, size_t count,
                            void *reader);
size_t response_take_body(char *data, size_t size, size_t count, void *reader);

#endif
