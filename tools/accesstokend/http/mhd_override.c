/*
 * mhd_override.c - two functions of libmicrohttpd, which calls these here
 * instead (as ELF has it: the program's definition comes first).  What it
 * cannot read it answers with HTML, and some of that with two heads; it has no
 * hook for either.  Must never fail where libmicrohttpd would not: it goes on
 * with a connection that it has just freed.
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

bool mhd_override_begin(void) {
    real_queue_response.object = dlsym(RTLD_NEXT, "MHD_queue_response");
    real_lookup_value.object =
        dlsym(RTLD_NEXT, "MHD_lookup_connection_value_n");
    return real_queue_response.object != NULL &&
           real_lookup_value.object != NULL;
}

enum MHD_Result mhd_override_queue_response(struct MHD_Connection *wire,
                                            unsigned int status,
                                            struct MHD_Response *response) {
    return real_queue_response.function(wire, status, response);
}

/* Nobody but libmicrohttpd calls it: with an error of its own, as HTML. */
OVERRIDE enum MHD_Result MHD_queue_response(struct MHD_Connection *wire,
                                            unsigned int status,
                                            struct MHD_Response *html) {
    struct MHD_Response *response = server_refusal(wire, status);
    enum MHD_Result result;

    if (response == NULL)
        return real_queue_response.function(wire, status, html);
    result = real_queue_response.function(wire, status, response);
    MHD_destroy_response(response);
    return result;
}

/*
 * Nor this: how it asks for headers that mean something to it.  Cookies mean
 * nothing here; a Content-Length that is no good is not there for it, and so
 * the request goes to http.c, which refuses it.
 */
OVERRIDE enum MHD_Result MHD_lookup_connection_value_n(
    struct MHD_Connection *wire, enum MHD_ValueKind kind, const char *key,
    size_t key_size, const char **value, size_t *value_size) {
    const char *found = NULL;

    if (key == NULL || strcmp(key, MHD_HTTP_HEADER_COOKIE) == 0 ||
        real_lookup_value.function(wire, kind, key, key_size, &found,
                                   value_size) != MHD_YES)
        return MHD_NO;
    if (strcmp(key, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 &&
        (found == NULL || !head_is_length(found)))
        return MHD_NO;
    if (value != NULL)
        *value = found;
    return MHD_YES;
}
