/*
 * status.c - statuses of answers as errors of the library.
 * Must never take anything but 200 for a yes.
 */
#include <stdio.h>

#include "tokenstore/remote/http/messages.h"
#include "tokenstore/remote/http/verbs.h"

/* What has been refused has not been done; of what went wrong behind the
 * server's door nobody knows how far it came. */
static enum tokenstore_error error_of(const struct answer *answer,
                                      bool change) {
    switch (answer->status) {
    case 400: /* Bad Request */
    case 411: /* Length Required */
    case 413: /* Content Too Large */
    case 415: /* Unsupported Media Type */
    case 422: /* Unprocessable Content */
        return TOKENSTORE_ERROR_INVALID_ARGUMENT;
    case 401: /* Unauthorized */
        return TOKENSTORE_ERROR_PERMISSION;
    case 403: /* Forbidden */
        return TOKENSTORE_ERROR_FORBIDDEN;
    case 404: /* Not Found */
        return TOKENSTORE_ERROR_NOT_FOUND;
    case 405: /* Method Not Allowed */
    case 501: /* Not Implemented */
        return TOKENSTORE_ERROR_UNSUPPORTED;
    case 409: /* Conflict */
        return TOKENSTORE_ERROR_CONFLICT;
    case 429: /* Too Many Requests */
        return TOKENSTORE_ERROR_BUSY;
    case 503: /* Service Unavailable */
        return answer->headers[HEADER_RETRY_AFTER].count > 0
                   ? TOKENSTORE_ERROR_BUSY
                   : TOKENSTORE_ERROR_UNAVAILABLE;
    }
    return change && (answer->status < 300 || answer->status >= 500)
               ? TOKENSTORE_ERROR_OUTCOME_UNKNOWN
               : TOKENSTORE_ERROR_UNAVAILABLE;
}

enum tokenstore_error verbs_ask(struct client *client,
                                const struct request *request,
                                const struct answer **answer) {
    enum tokenstore_error error = client_ask(client, request, answer);
    char text[MESSAGE_TEXT_SIZE];

    if (error != TOKENSTORE_OK || (*answer)->status == 200)
        return error;
    message_read_error(*answer, text);
    if (text[0] == '\0')
        snprintf(text, sizeof text, "HTTP status %ld for %s %s",
                 (*answer)->status, request->method, request->path);
    return message_set(conversation_message(client),
                       error_of(*answer, request->method[0] != 'G'), "%s: %s",
                       client_place(client)->uri, text);
}
