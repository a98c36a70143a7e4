/*
 * answer.h - what a client is told, and what the log and the metrics learn
 * about it.  Pure.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_ANSWER_H
#define TOOLS_ACCESSTOKEND_REQUEST_ANSWER_H

#include "tokenstore/tokenstore.h"

#include "tools/accesstokend/request/route.h"
#include "tools/common/json_writer.h"

#define ANSWER_HEADERS_MAX 8

struct answer {
    unsigned int status;      /* of HTTP */
    struct json_writer body;  /* length 0: the answer has no body */
    const char *content_type; /* static; NULL: application/json */
    struct {
        const char *name; /* static */
        char *value;
    } headers[ANSWER_HEADERS_MAX];
    size_t header_count;
    bool close;  /* the connection ends with this answer */
    bool frank;  /* the client may learn where the store is, and its state */
    bool failed; /* out of memory: the connection is closed without answer */

    /* For the log and the metrics. */
    enum route route;
    char caller[24]; /* "uid:1000", "token:42", "-" */
    uint64_t id;     /* the token that the request is about; 0: none */
    uint64_t new_id; /* the token that was issued; 0: none */
    char why[160];   /* the reason; the client may have been told less */
    char *audit;     /* the line about a change that was made; NULL: none */
};

/* Status 200, without headers and body. */
void answer_init(struct answer *answer);
/* Wipes the body and frees it and the headers. */
void answer_free(struct answer *answer);

/* Adds a header; the name must be static, the value is copied. */
void answer_header(struct answer *answer, const char *name, const char *value);

/* For the log: "KIND:NUMBER" asks, "uid:1000" or "token:42". */
void answer_caller(struct answer *answer, const char *kind, uint64_t number);

/* For the log: which token it is about.  If token is NULL, the id that the
 * text of a bearer token claims. */
void answer_about(struct answer *answer, const struct tokenstore_token *token,
                  const char *bearer);

/* Makes it a status with the error body that all routes have in common; that
 * of introspection also has OAuth's "error".  The text is the description, and
 * must not hold a secret. */
void answer_error(struct answer *answer, unsigned int status,
                  const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* 429 or 503 with Retry-After: the same request may succeed in a second. */
void answer_retry(struct answer *answer, unsigned int status,
                  const char *text);

/* The same, if the request may succeed after so many seconds. */
void answer_wait(struct answer *answer, unsigned int status, int64_t seconds,
                 const char *text);

/* Returns text from outside for use in an error, or "..." if it is long or
 * may be a token. */
const char *answer_quotable(const char *text);

/* The HTTP status for an error of the library. */
unsigned int answer_status(enum tokenstore_error error);

/*
 * Makes it the status and the error body for an error of the library.  message
 * is what the library said (NULL or "": the error's text).  If the status is
 * 5xx, the whole message goes to the log, and to the client only if the answer
 * is frank.
 */
void answer_store_error(struct answer *answer, enum tokenstore_error error,
                        const char *message);

/* Why a token was refused, for the log; REASON_NONE: it is not a token. */
const char *answer_refusal(enum tokenstore_reason reason);

#endif
