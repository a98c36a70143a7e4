/*
 * answer.c - make an answer.  The only mapping from the library's errors to
 * HTTP statuses is here.  Must never put a secret into an error.
 */
#include <config.h>

#include "tools/accesstokend/request/answer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void answer_init(struct answer *answer) {
    memset(answer, 0, sizeof(*answer));
    answer->status = 200;
    memcpy(answer->caller, "-", 2);
}

void answer_free(struct answer *answer) {
    for (size_t i = 0; i < answer->header_count; i++)
        free(answer->headers[i].value);
    answer->header_count = 0;
    free(answer->audit);
    answer->audit = NULL;
    json_free(&answer->body);
}

void answer_header(struct answer *answer, const char *name,
                   const char *value) {
    char *copy = strdup(value);

    if (copy == NULL || answer->header_count == ANSWER_HEADERS_MAX) {
        free(copy);
        answer->failed = true;
        return;
    }
    answer->headers[answer->header_count].name = name;
    answer->headers[answer->header_count].value = copy;
    answer->header_count++;
}

void answer_caller(struct answer *answer, const char *kind, uint64_t number) {
    snprintf(answer->caller, sizeof(answer->caller), "%s:%" PRIu64, kind,
             number);
}

void answer_about(struct answer *answer, const struct tokenstore_token *token,
                  const char *bearer) {
    if (token != NULL)
        answer->id = tokenstore_token_id(token);
    else
        (void)!tokenstore_bearer_id(bearer, strlen(bearer), &answer->id);
}

static const char *class_of(unsigned int status) {
    switch (status) {
    case 400:
        return "http_bad_request_error";
    case 401:
        return "http_unauthorized_error";
    case 403:
        return "http_forbidden_error";
    case 404:
        return "http_not_found_error";
    case 405:
        return "http_method_not_allowed_error";
    case 409:
        return "http_conflict_error";
    case 411:
        return "http_length_required_error";
    case 413:
        return "http_payload_too_large_error";
    case 414:
        return "http_uri_too_long_error";
    case 415:
        return "http_unsupported_media_type_error";
    case 429:
        return "http_too_many_requests_error";
    case 431:
        return "http_request_header_fields_too_large_error";
    case 503:
        return "http_service_unavailable_error";
    case 505:
        return "http_version_not_supported_error";
    default:
        return "http_internal_server_error";
    }
}

/* What the clients of OAuth read (RFC 6749, section 5.2; RFC 6750, section
 * 3.1), or NULL. */
static const char *oauth_error(unsigned int status) {
    switch (status) {
    case 400:
    case 415:
        return "invalid_request";
    case 401:
        return "invalid_client";
    case 403:
        return "insufficient_scope";
    default:
        return NULL;
    }
}

void answer_error(struct answer *answer, unsigned int status,
                  const char *format, ...) {
    struct json_writer *json = &answer->body;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(answer->why, sizeof(answer->why), format, arguments);
    va_end(arguments);
    tokenstore_mask(answer->why);
    answer->status = status;
    answer->content_type = NULL;
    json_free(json);
    *json = (struct json_writer){0};
    json_begin_object(json);
    json_put_key(json, "error_class");
    json_put_string(json, class_of(status));
    json_put_key(json, "description");
    json_put_string(json, answer->why);
    json_put_key(json, "module");
    json_put_string(json, "accesstokend");
    json_put_key(json, "stack");
    json_begin_array(json);
    json_end_array(json);
    json_put_key(json, "user_visible");
    json_put_bool(json, true);
    if (answer->route == ROUTE_INTROSPECT && oauth_error(status) != NULL) {
        json_put_key(json, "error");
        json_put_string(json, oauth_error(status));
    }
    json_end_object(json);
}

void answer_wait(struct answer *answer, unsigned int status, int64_t seconds,
                 const char *text) {
    char number[24];

    snprintf(number, sizeof(number), "%" PRId64, seconds);
    answer_error(answer, status, "%s", text);
    answer_header(answer, "Retry-After", number);
}

void answer_retry(struct answer *answer, unsigned int status,
                  const char *text) {
    answer_wait(answer, status, 1, text);
}

/* Less than the length of a secret, which may have lost its prefix. */
#define QUOTABLE_MAX 32

const char *answer_quotable(const char *text) {
    return strlen(text) <= QUOTABLE_MAX &&
                   strstr(text, TOKENSTORE_BEARER_PREFIX) == NULL
               ? text
               : "...";
}

/* Without a default, so that the compiler asks for the status of a new
 * error. */
unsigned int answer_status(enum tokenstore_error error) {
    switch (error) {
    case TOKENSTORE_OK:
        return 200;
    case TOKENSTORE_ERROR_INVALID_ARGUMENT:
    case TOKENSTORE_ERROR_INVALID_BEARER:
    case TOKENSTORE_ERROR_INVALID_IDENTITY:
    case TOKENSTORE_ERROR_INVALID_TIME:
    case TOKENSTORE_ERROR_INVALID_NAME:
    case TOKENSTORE_ERROR_INVALID_SCOPE:
    case TOKENSTORE_ERROR_INVALID_NETWORK:
    case TOKENSTORE_ERROR_TIME_RANGE:
    case TOKENSTORE_ERROR_TOO_MANY:
    case TOKENSTORE_ERROR_NO_SUCH_USER:
    case TOKENSTORE_ERROR_NOT_A_USER:
        return 400;
    case TOKENSTORE_ERROR_REFUSED:
    case TOKENSTORE_ERROR_LIMIT:
    case TOKENSTORE_ERROR_FORBIDDEN:
        return 403;
    case TOKENSTORE_ERROR_NOT_FOUND:
        return 404;
    case TOKENSTORE_ERROR_USER_EXISTS:
    case TOKENSTORE_ERROR_IDENTITY_MISMATCH:
    case TOKENSTORE_ERROR_EXISTS:
    case TOKENSTORE_ERROR_CONFLICT:
        return 409;
    case TOKENSTORE_ERROR_OUTCOME_UNKNOWN:
        return 500;
    case TOKENSTORE_ERROR_NSS_UNAVAILABLE:
    case TOKENSTORE_ERROR_MISSING:
    case TOKENSTORE_ERROR_PERMISSION:
    case TOKENSTORE_ERROR_UNSAFE:
    case TOKENSTORE_ERROR_UNAVAILABLE:
    case TOKENSTORE_ERROR_BUSY:
    case TOKENSTORE_ERROR_DAMAGED:
    case TOKENSTORE_ERROR_NEWER_FORMAT:
    case TOKENSTORE_ERROR_FULL:
    case TOKENSTORE_ERROR_NO_MEMORY:
    case TOKENSTORE_ERROR_IO:
    case TOKENSTORE_ERROR_UNSUPPORTED:
        return 503;
    }
    return 503;
}

void answer_store_error(struct answer *answer, enum tokenstore_error error,
                        const char *message) {
    const unsigned int status = answer_status(error);

    if (message == NULL || *message == '\0')
        message = tokenstore_strerror(error);
    answer_error(answer, status, "%s",
                 status < 500 || answer->frank ? message
                                               : tokenstore_strerror(error));
    snprintf(answer->why, sizeof(answer->why), "%s", message);
    if (error == TOKENSTORE_ERROR_BUSY)
        answer_header(answer, "Retry-After", "1");
}

const char *answer_refusal(enum tokenstore_reason reason) {
    return reason == TOKENSTORE_REASON_NONE ? "not an access token"
                                            : tokenstore_reason_name(reason);
}
