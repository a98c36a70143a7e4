/*
 * mhd_override.h - two functions that replace libmicrohttpd's own, because it
 * has no hook for what they do.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_MHD_OVERRIDE_H
#define TOOLS_ACCESSTOKEND_HTTP_MHD_OVERRIDE_H

#include <microhttpd.h>
#include <stdbool.h>

/* Makes the response to a request that libmicrohttpd refuses with this status
 * because it cannot read it; returns NULL without memory. */
typedef struct MHD_Response *
mhd_override_refusal(struct MHD_Connection *connection, unsigned int status);

/* Call it before any function of libmicrohttpd.  Returns false if this
 * libmicrohttpd lacks the functions that are replaced. */
bool mhd_override_begin(mhd_override_refusal *refusal);

/* libmicrohttpd's MHD_queue_response(). */
enum MHD_Result mhd_override_queue_response(struct MHD_Connection *connection,
                                            unsigned int status,
                                            struct MHD_Response *response);

#endif
