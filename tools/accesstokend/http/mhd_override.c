/*
 * mhd_override.c - two functions that libmicrohttpd calls instead of its own:
 * the dynamic linker takes the program's definition first.  With them,
 * requests that it cannot read are answered with JSON instead of HTML (and
 * once instead of twice), and head.c sees a bad Content-Length.  They must
 * never fail where the originals would not: libmicrohttpd would then go on to
 * use a connection that it has freed.
 */
#include <config.h>

#include "tools/accesstokend/http/mhd_override.h"

#include <dlfcn.h>
#include <string.h>

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

static mhd_override_refusal *make_refusal;

bool mhd_override_begin(mhd_override_refusal *refusal) {
    make_refusal = refusal;
    real_queue_response.object = dlsym(RTLD_NEXT, "MHD_queue_response");
    real_lookup_value.object =
        dlsym(RTLD_NEXT, "MHD_lookup_connection_value_n");
    return real_queue_response.object != NULL &&
           real_lookup_value.object != NULL;
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
 * Hides cookies, which have no meaning here, and a bad Content-Length, so that
 * head.c receives the request and refuses it.
 */
OVERRIDE enum MHD_Result MHD_lookup_connection_value_n(
    struct MHD_Connection *connection, enum MHD_ValueKind kind,
    const char *key, size_t key_size, const char **value, size_t *value_size) {
    const char *found = NULL;

    if (key == NULL || strcmp(key, MHD_HTTP_HEADER_COOKIE) == 0 ||
        real_lookup_value.function(connection, kind, key, key_size, &found,
                                   value_size) != MHD_YES)
        return MHD_NO;
    if (strcmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 &&
        (found == NULL || !head_is_length(found)))
        return MHD_NO;
    if (value != NULL)
        *value = found;
    return MHD_YES;
}
