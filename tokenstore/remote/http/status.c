/*
 * status.c - HTTP statuses as errors of the library.
 * Must never take any status but 200 for success.
 */
#include "tokenstore/remote/http/status.h"

#include <stdio.h>

#include "tokenstore/remote/http/json_read.h"

/* The statuses with a meaning of their own. */
static const struct {
    long status;
    enum tokenstore_error error;
} meanings[] = {
    {400, TOKENSTORE_ERROR_INVALID_ARGUMENT}, /* Bad Request */
    {401, TOKENSTORE_ERROR_PERMISSION},       /* Unauthorized */
    {403, TOKENSTORE_ERROR_FORBIDDEN},        /* Forbidden */
    {404, TOKENSTORE_ERROR_NOT_FOUND},        /* Not Found */
    {405, TOKENSTORE_ERROR_UNSUPPORTED},      /* Method Not Allowed */
    {409, TOKENSTORE_ERROR_CONFLICT},         /* Conflict */
    {411, TOKENSTORE_ERROR_INVALID_ARGUMENT}, /* Length Required */
    {413, TOKENSTORE_ERROR_INVALID_ARGUMENT}, /* Content Too Large */
    {415, TOKENSTORE_ERROR_INVALID_ARGUMENT}, /* Unsupported Media Type */
    {422, TOKENSTORE_ERROR_INVALID_ARGUMENT}, /* Unprocessable Content */
    {429, TOKENSTORE_ERROR_BUSY},             /* Too Many Requests */
    {501, TOKENSTORE_ERROR_UNSUPPORTED},      /* Not Implemented */
    {503, TOKENSTORE_ERROR_UNAVAILABLE},      /* Service Unavailable */
};

/*
 * A refusal (300 to 499) has changed nothing.  After any other status the
 * server may have made the change, or part of it.
 */
static enum tokenstore_error error_of(const struct response *response,
                                      bool change) {
    const long status = response->head.status;

    if (status == 503 && response->head.headers[HEADER_RETRY_AFTER].count > 0)
        return TOKENSTORE_ERROR_BUSY;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (meanings[i].status == status)
            return meanings[i].error;
    return change && (status < 300 || status >= 500)
               ? TOKENSTORE_ERROR_OUTCOME_UNKNOWN
               : TOKENSTORE_ERROR_UNAVAILABLE;
}

enum tokenstore_error status_ask(struct conversation *conversation,
                                 const struct request *request,
                                 const struct response **response) {
    enum tokenstore_error error =
        conversation_ask(conversation, request, response);
    char text[JSON_ERROR_SIZE];

    if (error != TOKENSTORE_OK || (*response)->head.status == 200)
        return error;
    json_read_error(*response, text);
    if (text[0] == '\0')
        snprintf(text, sizeof(text), "HTTP status %ld for %s %s",
                 (*response)->head.status, request->method, request->path);
    return message_set(conversation_message(conversation),
                       error_of(*response, request->method[0] != 'G'),
                       "%s: %s", conversation_server(conversation)->uri, text);
}
