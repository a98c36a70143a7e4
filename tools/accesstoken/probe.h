/*
 * probe.h - does a daemon answer at a Unix socket?
 */
#ifndef TOOLS_ACCESSTOKEN_PROBE_H
#define TOOLS_ACCESSTOKEN_PROBE_H

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

/* Sends a request without a body, such as "GET /healthz", which should be one
 * that the daemon does not log. */
enum probe probe_socket(const char *path, const char *request);

/* Returns a static word for JSON, and a static text for people. */
const char *probe_name(enum probe probe);
const char *probe_text(enum probe probe);

#endif
