/*
 * probe.h - does a daemon answer at a Unix socket?
 */
#ifndef TOOLS_ACCESSTOKEN_PROBE_H
#define TOOLS_ACCESSTOKEN_PROBE_H

#include <stddef.h>

enum probe {
    PROBE_OK,       /* it answers */
    PROBE_ABSENT,   /* there is no socket */
    PROBE_REFUSED,  /* no process listens */
    PROBE_DENIED,   /* the caller has no permission to connect */
    PROBE_SILENT,   /* no answer within two seconds */
    PROBE_UNWELL,   /* it reports that it cannot work now */
    PROBE_NOT_HTTP, /* another program answers */
    PROBE_FAILED,   /* an error on this side */
};

/* The sockets of the daemon. */
#define PROBE_SOCKETS 2
extern const char *const probe_paths[PROBE_SOCKETS];

/* Asks the daemon at a socket whether it is well, or at least whether it
 * answers, with a request that it does not log. */
enum probe probe_socket(size_t socket);

/* Returns a static word for JSON, and a static text for people. */
const char *probe_name(enum probe probe);
const char *probe_text(enum probe probe);

#endif
