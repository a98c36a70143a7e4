/*
 * mhd_override.c - functions that libmicrohttpd calls instead of its own and
 * other libraries': the dynamic linker takes the program's definition first.
 * With them, requests that it cannot read are answered with JSON instead of
 * HTML (and once instead of twice), head.c sees a bad Content-Length, and a
 * NUL does not pass for the end of a line.  They must never fail where the
 * originals would not: libmicrohttpd would then go on to use a connection that
 * it has freed.
 */
/* With _FORTIFY_SOURCE, clang has an inline definition of recv(). */
#undef _FORTIFY_SOURCE
#include <config.h>

#include "tools/accesstokend/http/mhd_override.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/accesstokend/http/head.h"

#define OVERRIDE __attribute__((visibility("default"), used))

typedef enum MHD_Result queue_response(struct MHD_Connection *, unsigned int,
                                       struct MHD_Response *);
typedef enum MHD_Result lookup_value(struct MHD_Connection *,
                                     enum MHD_ValueKind, const char *, size_t,
                                     const char **, size_t *);

static union {
    void *object;
    queue_response *function;
} real_queue_response;

static union {
    void *object;
    lookup_value *function;
} real_lookup_value;

typedef ssize_t receive(int, void *, size_t, int);
typedef ssize_t receive_tls(void *, void *, size_t);

static union {
    void *object;
    receive *function;
} real_receive;

static union {
    void *object;
    receive_tls *function;
} real_receive_tls;

static mhd_override_refusal *make_refusal;

/* What this thread runs at the moment. */
static _Thread_local enum mhd_override_wire wire = MHD_OVERRIDE_NONE;

void mhd_override_serve(enum mhd_override_wire runs) { wire = runs; }

bool mhd_override_begin(mhd_override_refusal *refusal) {
    make_refusal = refusal;
    real_receive.object = dlsym(RTLD_NEXT, "recv");
    real_receive_tls.object = dlsym(RTLD_NEXT, "gnutls_record_recv");
    real_queue_response.object = dlsym(RTLD_NEXT, "MHD_queue_response");
    real_lookup_value.object =
        dlsym(RTLD_NEXT, "MHD_lookup_connection_value_n");
    return real_queue_response.object != NULL &&
           real_lookup_value.object != NULL && real_receive.object != NULL;
}

enum MHD_Result mhd_override_queue_response(struct MHD_Connection *connection,
                                            unsigned int status,
                                            struct MHD_Response *response) {
    return real_queue_response.function(connection, status, response);
}

/* Only libmicrohttpd calls this one, with an error of its own as HTML. */
OVERRIDE enum MHD_Result MHD_queue_response(struct MHD_Connection *connection,
                                            unsigned int status,
                                            struct MHD_Response *html) {
    struct MHD_Response *response = make_refusal(connection, status);
    enum MHD_Result result;

    if (response == NULL)
        return real_queue_response.function(connection, status, html);
    result = real_queue_response.function(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/*
 * Only libmicrohttpd calls this one, to look up the headers that it uses.
 * Hides cookies, which have no meaning here, a bad Content-Length and every
 * Transfer-Encoding, so that head.c receives the request and refuses it, and
 * the blanks after a good Content-Length.
 */
OVERRIDE enum MHD_Result MHD_lookup_connection_value_n(
    struct MHD_Connection *connection, enum MHD_ValueKind kind,
    const char *key, size_t key_size, const char **value, size_t *value_size) {
    const char *found = NULL;
    size_t length;

    if (key == NULL || strcmp(key, MHD_HTTP_HEADER_COOKIE) == 0 ||
        strcmp(key, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0 ||
        real_lookup_value.function(connection, kind, key, key_size, &found,
                                   value_size) != MHD_YES)
        return MHD_NO;
    if (strcmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
        length = found != NULL ? head_scan_length(found) : 0;
        if (length == 0)
            return MHD_NO;
        if (value_size != NULL)
            *value_size = length;
    }
    if (value != NULL)
        *value = found;
    return MHD_YES;
}

/*
 * libmicrohttpd ends each text with NULs where CR and LF were, so "NUL LF"
 * from a client would look like "CR LF" afterwards.  A control character in
 * place of each NUL is not valid in a head or a body either, and stays
 * visible.
 */
static ssize_t show_nuls(char *data, ssize_t length) {
    char *nul = data;

    if (length > 0)
        while ((nul = memchr(nul, '\0', (size_t)(data + length - nul))) !=
               NULL)
            *nul = '\x01';
    return length;
}

OVERRIDE ssize_t recv(int fd, void *data, size_t size, int flags) {
    ssize_t length;

    if (real_receive.object == NULL) /* before mhd_override_begin() */
        real_receive.object = dlsym(RTLD_NEXT, "recv");
    length = real_receive.function(fd, data, size, flags);
    return wire == MHD_OVERRIDE_CLEAR ? show_nuls(data, length) : length;
}

OVERRIDE ssize_t gnutls_record_recv(void *session, void *data, size_t size) {
    ssize_t length;

    if (real_receive_tls.object == NULL)
        real_receive_tls.object = dlsym(RTLD_NEXT, "gnutls_record_recv");
    length = real_receive_tls.function(session, data, size);
    return wire == MHD_OVERRIDE_TLS ? show_nuls(data, length) : length;
}
