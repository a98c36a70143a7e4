/*
 * request.h - the request object: what a client asks, as far as the routes
 * need to know.  The HTTP server or a test fills it in.  Every text in it is
 * as it was sent: not decoded, and not to be trusted.  Pure.
 */
#ifndef TOOLS_ACCESSTOKEND_REQUEST_REQUEST_H
#define TOOLS_ACCESSTOKEND_REQUEST_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The size of the largest body that is read. */
#define REQUEST_BODY_MAX 65536

/* The kind of the socket that the connection came in on.  It decides which
 * routes are served. */
enum listener {
    LISTENER_API,    /* the Unix socket for everybody on this machine */
    LISTENER_VERIFY, /* the Unix socket for proxies */
    LISTENER_TCP,    /* HTTP or HTTPS */
};

/* The process at the other end of a Unix socket, as the kernel names it. */
struct peer {
    bool known;
    uint32_t uid;
    bool administers; /* it is in the group of administrators */
};

struct request {
    enum listener listener;
    struct peer peer;
    const char *address; /* of the peer, as text; NULL on Unix sockets */
    const char *method;
    const char *target;        /* of the request line */
    const char *authorization; /* values of headers; NULL: no such header */
    const char *content_type;
    const char *host, *origin, *fetch_site; /* Sec-Fetch-Site */
    bool forwarded; /* has Forwarded, X-Forwarded-* or Via: from a proxy */
    bool poses; /* a header could pass for one of a proxy's about the user */
    bool encrypted; /* TLS */
    const char *body;
    size_t body_length; /* until the body is read: Content-Length */
    int64_t now;        /* seconds since 1970 */
};

/* "api", "verify" or "tcp", for the log. */
const char *request_listener_name(enum listener listener);

/* Does the method only read, on routes where methods make a difference? */
bool request_only_reads(const struct request *request);

/* Is the body of this media type ("application/json"), or is there no body?
 * The only parameter that the type may have is charset=utf-8, in any spelling
 * (RFC 9110, section 5.6.6). */
bool request_body_is(const struct request *request, const char *type);

/*
 * Does a page of another origin ask, through a browser?  Its origin must be
 * the scheme of the connection and the value of Host.  On Unix sockets there
 * is no such origin; nor is another page of the same site this daemon's.
 */
bool request_is_foreign(const struct request *request);

/*
 * Could an application take this name of a header for one with which a proxy
 * names the user, Remote-* or X-Token-*?  To many of them (CGI, PHP) all
 * characters other than letters and digits are the same.
 */
bool request_name_poses(const char *name, size_t length);

#endif
