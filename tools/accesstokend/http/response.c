/*
 * response.c - hand an answer to libmicrohttpd.
 */
#include <config.h>

#include "tools/accesstokend/http/response.h"

#include <stdlib.h>

static void free_body(void *argument) {
    struct json_writer *json = argument;

    json_free(json);
    free(json);
}

static struct MHD_Response *with_body(struct answer *answer) {
    struct json_writer *json = malloc(sizeof(*json));
    struct MHD_Response *response;

    if (json == NULL)
        return NULL;
    *json = answer->body;
    answer->body = (struct json_writer){0};
    response = MHD_create_response_from_buffer_with_free_callback_cls(
        json->length, json->data, free_body, json);
    if (response == NULL) {
        free_body(json);
        return NULL;
    }
    if (MHD_add_response_header(response, "Content-Type",
                                answer->content_type != NULL
                                    ? answer->content_type
                                    : "application/json") != MHD_YES)
        answer->failed = true;
    return response;
}

static struct MHD_Response *without_body(void) {
    return MHD_create_response_from_buffer(0, (void *)(uintptr_t) "",
                                           MHD_RESPMEM_PERSISTENT);
}

struct MHD_Response *response_new(struct answer *answer) {
    struct MHD_Response *response;

    if (answer->failed || answer->body.failed)
        return NULL;
    response = answer->body.length > 0 ? with_body(answer) : without_body();
    if (response == NULL)
        return NULL;
    for (size_t i = 0; i < answer->header_count; i++)
        if (MHD_add_response_header(response, answer->headers[i].name,
                                    answer->headers[i].value) != MHD_YES)
            answer->failed = true;
    if (answer->close &&
        MHD_add_response_header(response, "Connection", "close") != MHD_YES)
        answer->failed = true;
    if (!answer->failed)
        return response;
    MHD_destroy_response(response);
    return NULL;
}

const char *response_refusal(unsigned int status) {
    switch (status) {
    case 413:
        return "the body is too large";
    case 414:
        return "the request line is too long";
    case 431:
        return "the headers are too long";
    case 505:
        return "neither HTTP/1.1 nor HTTP/1.0";
    default:
        return status < 500 ? "this is not HTTP/1.1" : "out of memory";
    }
}
