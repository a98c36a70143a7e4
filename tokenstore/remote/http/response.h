/*
 * response.h - an answer, as it comes in.  See receive.c.
 */
#ifndef TOKENSTORE_REMOTE_HTTP_RESPONSE_H
#define TOKENSTORE_REMOTE_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

/* The headers that mean something here. */
enum header_name {
    HEADER_CHALLENGE,
    HEADER_CONTENT_TYPE,
    HEADER_REMOTE_USER,
    HEADER_RETRY_AFTER,
    HEADER_TOKEN_ID,
    HEADER_TOKEN_SCOPE,
    HEADER_COUNT,
};

/* More than X-Token-Scope takes with as many scopes as a token can have. */
#define HEADER_SIZE 4096

struct header {
    unsigned int count; /* how often it came; more than once is never right */
    char text[HEADER_SIZE];
};

struct answer {
    long status;
    char *body; /* terminated; may hold a secret, and is wiped */
    size_t length;
    struct header headers[HEADER_COUNT];
};

/* Zero-initialise. */
struct receiver {
    struct answer answer;
    size_t max;     /* of the body */
    bool malformed; /* a header that nobody should send */
    bool too_large;
    enum { BEFORE_HEADERS, IN_HEADERS, IN_HINTS, BEHIND_HEADERS } place;
};

/* For the next answer; the last one is wiped. */
void receive_begin(struct receiver *receiver, size_t max);

/* What libcurl calls, with a struct receiver: a line, some of the body.  They
 * return what they took. */
size_t receive_header(char *line, size_t size, size_t count, void *receiver);
size_t receive_body(char *data, size_t size, size_t count, void *receiver);

#endif
