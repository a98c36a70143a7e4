/*
 * exchange.h - the requests on the connections of one listening socket, from
 * libmicrohttpd's callbacks to the answer.
 */
#ifndef TOOLS_ACCESSTOKEND_HTTP_EXCHANGE_H
#define TOOLS_ACCESSTOKEND_HTTP_EXCHANGE_H

#include <microhttpd.h>

#include "tools/accesstokend/http/connections.h"
#include "tools/accesstokend/http/mhd_override.h"
#include "tools/accesstokend/http/workers.h"
#include "tools/accesstokend/shared/shared.h"

/* What all requests at one socket share. */
struct endpoint {
    struct shared *shared;
    struct connections connections;
    struct workers workers;
    enum mhd_override_wire wire;
    bool log_requests;
    bool encrypted;      /* TLS */
    atomic_bool leaving; /* each connection ends with its next answer */
};

/* The callbacks of MHD_start_daemon(); their argument is the endpoint. */
void exchange_notify_connection(void *endpoint,
                                struct MHD_Connection *connection,
                                void **context,
                                enum MHD_ConnectionNotificationCode code);
void *exchange_begin(void *endpoint, const char *target,
                     struct MHD_Connection *connection);
enum MHD_Result exchange_handle(void *endpoint,
                                struct MHD_Connection *connection,
                                const char *url, const char *method,
                                const char *version, const char *data,
                                size_t *length, void **context);
void exchange_end(void *endpoint, struct MHD_Connection *connection,
                  void **context, enum MHD_RequestTerminationCode code);

/* A mhd_override_refusal; it also logs and counts the request. */
struct MHD_Response *exchange_refusal(struct MHD_Connection *connection,
                                      unsigned int status);

#endif
