/*
 * response.h - an answer in libmicrohttpd's form.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_RESPONSE_H
#define TOOLS_ACCESSTOKEND_HTTP_RESPONSE_H

#include <microhttpd.h>

#include "tools/accesstokend/request/answer.h"

/* Returns the response, which takes over the body of the answer, or NULL
 * without memory.  Destroy it with MHD_destroy_response(). */
struct MHD_Response *response_new(struct answer *answer);

/* The description for a status with which libmicrohttpd refuses a request. */
const char *response_refusal(unsigned int status);

#endif
