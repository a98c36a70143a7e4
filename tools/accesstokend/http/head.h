/*
 * head.h - a request's line and headers: what of them the daemon needs, and
 * whether they can be understood in one way only.  See head.c.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_HEAD_H
#define TOOLS_ACCESSTOKEND_HTTP_HEAD_H

#include <microhttpd.h>

#include "tools/accesstokend/request/answer.h"
#include "tools/accesstokend/request/request.h"

/* Where libmicrohttpd has the parts of the request line. */
struct request_line {
    const char *method, *url, *version;
};

/*
 * Judge what has arrived, and take Authorization and the like from it.
 * request->target is as it was sent; the line's url is the place where that
 * was.  False: the answer says what is wrong, and ends the connection.
 */
bool head_judge(struct MHD_Connection *wire, const struct request_line *line,
                struct request *request, struct answer *answer);

/* Digits that are no more than a body may have, and nothing else. */
bool head_is_length(const char *text);

#endif
