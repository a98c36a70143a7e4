/*
 * response.h - the response of a server, collected while it arrives.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_RESPONSE_H
#define TOKENSTORE_REMOTE_HTTP_RESPONSE_H

#include "tokenstore/remote/head.h"

struct response {
    struct head head;
    char *body; /* NUL-terminated; NULL: empty.  May hold a secret */
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
