/*
 * head.h - a request's line and headers: takes from them what the daemon
 * needs, and refuses those that can be understood in more than one way.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_HEAD_H
#define TOOLS_ACCESSTOKEND_HTTP_HEAD_H

#include <microhttpd.h>

#include "tools/accesstokend/request/answer.h"
#include "tools/accesstokend/request/request.h"

/* The most bytes of a request line with its headers, and the most headers.
 * Proxies pass on what clients send them, and cookies are large. */
#define HEAD_MAX 65536
#define HEADERS_MAX 1000

/* The parts of the request line, at their places in libmicrohttpd's memory. */
struct request_line {
    const char *method;
    const char *url; /* where the target was; it has been decoded in place */
    const char *version;
};

/*
 * Judges what has arrived, and fills in Authorization and the like.  Before
 * the call, request->target is the target as it was sent.  Returns false if
 * the request is refused; the answer is then written and ends the connection.
 */
bool head_judge(struct MHD_Connection *connection,
                const struct request_line *line, struct request *request,
                struct answer *answer);

/* Returns the length of the text without the blanks after it if it is a number
 * of bytes that a body may have, else 0. */
size_t head_scan_length(const char *text);

#endif
