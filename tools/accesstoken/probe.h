/*
 * probe.h - does a daemon answer behind a socket?
 */
#ifndef TOOLS_ACCESSTOKEN_PROBE_H
#define TOOLS_ACCESSTOKEN_PROBE_H

enum probe {
    PROBE_OK,       /* it does */
    PROBE_ABSENT,   /* there is no socket */
    PROBE_REFUSED,  /* nobody listens */
    PROBE_DENIED,   /* the caller may not ask */
    PROBE_SILENT,   /* no answer within two seconds */
    PROBE_UNWELL,   /* it says that it cannot work now */
    PROBE_NOT_HTTP, /* something else answers */
    PROBE_FAILED,   /* this end could not ask */
};

/* Ask the daemon at a Unix socket how it is; a question that it does not log,
 * such as "GET /healthz". */
enum probe probe_socket(const char *path, const char *question);

/* A word for programs, and words for people.  Static. */
const char *probe_name(enum probe probe);
const char *probe_text(enum probe probe);

#endif
