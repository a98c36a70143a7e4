/*
 * mhd_probe.c - has libmicrohttpd read requests that it would judge by itself
 * if it did not call the functions of mhd_override.c: linked statically, or
 * with symbols that are bound to itself.  The daemon would then serve requests
 * that another program can read differently.
 */
#include <config.h>

#include "tools/accesstokend/http/mhd_probe.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/syslog.h>
#include <unistd.h>

#include "tools/accesstokend/http/mhd_override.h"
#include "tools/accesstokend/shared/log.h"

/* A request is read and refused in three rounds. */
#define ROUNDS 20

/* What happens to a request. */
struct outcome {
    bool handled;  /* it came to the handler */
    bool has_nul;  /* a NUL in it was hidden */
    bool replaced; /* the answer was to be replaced */
};

static struct outcome outcome;

static struct MHD_Response *note_refusal(struct MHD_Connection *connection,
                                         unsigned int status) {
    (void)connection;
    (void)status;
    outcome.replaced = true;
    return NULL;
}

static enum MHD_Result note_request(void *argument,
                                    struct MHD_Connection *connection,
                                    const char *url, const char *method,
                                    const char *version, const char *data,
                                    size_t *length, void **context) {
    const char *value =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X");

    (void)argument;
    (void)url;
    (void)method;
    (void)version;
    (void)data;
    (void)length;
    (void)context;
    outcome.handled = true;
    outcome.has_nul = value != NULL && strcmp(value, "y") == 0;
    return MHD_NO; /* closes the connection */
}

/* Returns false if that cannot be tried. */
static bool try_request(struct MHD_Daemon *daemon, const char *text,
                        size_t length) {
    struct sockaddr peer = {.sa_family = AF_UNIX};
    int pair[2];
    bool good;

    outcome = (struct outcome){false, false, false};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   pair) != 0)
        return false;
    good = MHD_add_connection(daemon, pair[1], &peer, sizeof(peer)) ==
               MHD_YES && /* it closes the socket even if it fails */
           send(pair[0], text, length, MSG_NOSIGNAL) == (ssize_t)length;
    for (int i = 0; good && i < ROUNDS; i++)
        (void)MHD_run(daemon);
    close(pair[0]);
    return good;
}

#define TRY(daemon, text) try_request(daemon, text, sizeof(text) - 1)

/* Returns what does not work, or NULL. */
static const char *find_fault(struct MHD_Daemon *daemon) {
    if (!TRY(daemon, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n"))
        return "it takes no connection";
    if (!outcome.handled)
        return "it judges Content-Length itself";
    if (!TRY(daemon, "GET / HTTP/1.1\r\nHost: x\r\nX\r\n\r\n"))
        return "it takes no connection";
    if (!outcome.handled && !outcome.replaced)
        return "it answers bad requests itself";
    if (!TRY(daemon, "GET / HTTP/1.1\r\nHost: x\r\nX: y\0\n\r\n"))
        return "it takes no connection";
    return outcome.handled && outcome.has_nul ? "it hides a NUL" : NULL;
}

bool mhd_probe(void) {
    struct MHD_Daemon *daemon = NULL;
    const char *fault = "it lacks a function";

    if (mhd_override_begin(note_refusal)) {
        fault = "it cannot be started";
        daemon = MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
                                  note_request, NULL, MHD_OPTION_END);
    }
    mhd_override_serve(MHD_OVERRIDE_CLEAR);
    if (daemon != NULL) {
        fault = find_fault(daemon);
        MHD_stop_daemon(daemon);
    }
    mhd_override_serve(MHD_OVERRIDE_NONE);
    if (fault != NULL)
        log_line(LOG_ERR,
                 "this libmicrohttpd (%s) cannot be used, because it does not "
                 "call the functions of accesstokend: %s",
                 MHD_get_version(), fault);
    return fault == NULL;
}
