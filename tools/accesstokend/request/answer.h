/*
 * answer.h - what a client is told, and what the log and the metrics learn of
 * it.  A body is JSON (but for the metrics' text), and none at all where it is
 * empty.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_ANSWER_H
#define TOOLS_ACCESSTOKEND_REQUEST_ANSWER_H

#include "tokenstore/tokenstore.h"

#include "tools/common/json_writer.h"

#define ANSWER_HEADERS_MAX 8

/* What was asked for; route_name() has the texts. */
enum route {
    ROUTE_NONE, /* nothing that there is */
    ROUTE_TOKENS,
    ROUTE_TOKEN,
    ROUTE_ROTATE,
    ROUTE_WHO_AM_I,
    ROUTE_VERIFY,
    ROUTE_INTROSPECT,
    ROUTE_HEALTH,
    ROUTE_METRICS,
    ROUTE_COUNT,
};

struct answer {
    unsigned int status;
    struct json_writer body;
    const char *content_type; /* NULL: JSON */
    struct {
        const char *name; /* static */
        char *value;
    } headers[ANSWER_HEADERS_MAX];
    size_t header_count;
    bool close;  /* the connection is not to be used again */
    bool frank;  /* to one who may know where the store is and how it is */
    bool failed; /* without memory: nothing but a 503 can be said */

    /* For the log. */
    enum route route;
    char caller[24]; /* "uid:1000", "token:42", "-" */
    uint64_t id;     /* the token that it is about; 0: none */
    uint64_t new_id; /* the token that came of it; 0: none */
    char why[160];   /* what the client was told, or was not */
};

void answer_init(struct answer *answer);
void answer_free(struct answer *answer);

/* Add a header; the value is copied. */
void answer_header(struct answer *answer, const char *name, const char *value);

/* For the log: which token it is about, or, where that is NULL, which one a
 * bearer token says that it is of. */
void answer_about(struct answer *answer, const struct tokenstore_token *token,
                  const char *bearer);

/* A status with the error body that every route has. */
void answer_error(struct answer *answer, unsigned int status,
                  const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Text from outside, to be quoted in an error: short, and never a token. */
const char *answer_quotable(const char *text);

/* The status and error body for what the store said.  What goes wrong inside
 * is for the log: who is not told it frankly reads no more than what kind of
 * error it is. */
void answer_store_error(struct answer *answer, enum tokenstore_error error,
                        const char *message);

#endif
