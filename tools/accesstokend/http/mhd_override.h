/*
 * mhd_override.h - what libmicrohttpd would say or decide without asking.  See
 * override.c.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_MHD_OVERRIDE_H
#define TOOLS_ACCESSTOKEND_HTTP_MHD_OVERRIDE_H

#include <microhttpd.h>
#include <stdbool.h>

/* To be called before libmicrohttpd is; false: this is not the one that is
 * meant here. */
bool mhd_override_begin(void);

/* libmicrohttpd's MHD_queue_response(). */
enum MHD_Result mhd_override_queue_response(struct MHD_Connection *wire,
                                            unsigned int status,
                                            struct MHD_Response *response);

/* Told by http.c: the answer to what libmicrohttpd cannot read; NULL where
 * there is no memory for one. */
struct MHD_Response *server_refusal(struct MHD_Connection *wire,
                                    unsigned int status);

#endif
