/*
 * mhd_override.h - functions that replace libmicrohttpd's own, because it has
 * no hook for what they do.
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

/* What a thread runs: libmicrohttpd, on connections of one of two kinds, or
 * other code.  The name service receives data, too, and so does TLS itself. */
enum mhd_override_wire {
    MHD_OVERRIDE_NONE,
    MHD_OVERRIDE_CLEAR,
    MHD_OVERRIDE_TLS,
};

/* Tells what this thread runs from now on. */
void mhd_override_serve(enum mhd_override_wire runs);

/* libmicrohttpd's MHD_queue_response(). */
enum MHD_Result mhd_override_queue_response(struct MHD_Connection *connection,
                                            unsigned int status,
                                            struct MHD_Response *response);

/* GnuTLS's, which is replaced, too; its header is needed for nothing else. */
ssize_t gnutls_record_recv(void *session, void *data, size_t size);

#endif
