/*
 * request.h - what a client asks, as far as the routes need to know: filled
 * in by http.c from the wire, or by a test.  Everything in it is as it was
 * sent, undecoded and not to be trusted.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_REQUEST_H
#define TOOLS_ACCESSTOKEND_REQUEST_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest body that is read. */
#define REQUEST_BODY_MAX 65536

/* Where the connection came in, which decides what may be asked. */
enum listener {
    LISTENER_API,    /* the Unix socket for everybody on this machine */
    LISTENER_VERIFY, /* the Unix socket for proxies */
    LISTENER_TCP,    /* HTTP or HTTPS */
};

/* Who the kernel says is at the other end of a Unix socket. */
struct peer {
    bool known;
    uint32_t uid;
    bool administers; /* in the group whose members administer */
};

struct request {
    enum listener listener;
    struct peer peer;
    const char *address; /* of the peer, textual; NULL on Unix sockets */
    const char *method;
    const char *target;        /* the request line's, raw */
    const char *authorization; /* the headers' values; NULL: not there */
    const char *content_type;
    bool forwarded; /* Forwarded, X-Forwarded-* or Via: from a proxy */
    const char *body;
    size_t body_length; /* until the body is there: what was announced */
    int64_t now;
};

#endif
