/*
 * exchange.c - one request and its answer.  libmicrohttpd calls in this order:
 * exchange_begin() with the request line, exchange_handle() with the headers,
 * with each part of the body and when the request is complete, exchange_end().
 * Verifying is done at once, in libmicrohttpd's thread.  Any other request
 * gets a thread of its own: the connection is suspended and, when the answer
 * is there, exchange_handle() is called again.  Must never log what was sent.
 */
#include <config.h>

#include "tools/accesstokend/http/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/accesstokend/http/head.h"
#include "tools/accesstokend/http/mhd_override.h"
#include "tools/accesstokend/http/response.h"
#include "tools/accesstokend/request/target.h"
#include "tools/accesstokend/routes/dispatch.h"
#include "tools/accesstokend/shared/log.h"
#include "tools/accesstokend/shared/metrics.h"
#include "tools/common/monotonic.h"

struct exchange {
    struct endpoint *endpoint;
    struct MHD_Connection *mhd;
    struct connection *connection; /* NULL without memory for it */
    struct request request;
    struct answer answer;
    char *target;
    char *body;
    size_t body_size;
    bool begun;    /* the headers have been judged */
    bool answered; /* a worker has written the answer */
    int64_t start; /* when the request was complete, in ns; 0: it is not */
};

/* -------------------------------------------------------------- connections
 */

/* libmicrohttpd 1.0 answers all questions about a connection in one place, so
 * each answer is copied before the next question. */
static int fd_of(struct MHD_Connection *mhd) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info != NULL ? info->connect_fd : -1;
}

static const struct sockaddr *address_of(struct MHD_Connection *mhd) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    return info != NULL ? info->client_addr : NULL;
}

void exchange_notify_connection(void *argument, struct MHD_Connection *mhd,
                                void **context,
                                enum MHD_ConnectionNotificationCode code) {
    struct endpoint *endpoint = argument;
    struct connection *connection;

    mhd_override_serve(endpoint->wire);
    if (code != MHD_CONNECTION_NOTIFY_STARTED) {
        connections_close(&endpoint->connections, *context);
        *context = NULL;
        return;
    }
    connection =
        connections_open(&endpoint->connections, fd_of(mhd), address_of(mhd));
    if (connection != NULL)
        connection->endpoint = endpoint;
    *context = connection;
}

static struct connection *connection_of(struct MHD_Connection *mhd) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info != NULL ? info->socket_context : NULL;
}

static void take_peer(const struct connection *connection,
                      struct request *request) {
    if (connection == NULL)
        return;
    request->peer = connection->peer;
    if (connection->address[0] != '\0')
        request->address = connection->address;
}

/* ------------------------------------------------------------------ answers
 */

/* Counts and logs an answer. */
static void record(const struct endpoint *endpoint,
                   const struct connection *connection,
                   const struct request *request, const struct answer *answer,
                   int64_t nanoseconds) {
    const bool local = connection != NULL && connection->has_uid;

    metrics_request(endpoint->shared->metrics, answer->route, answer->status,
                    nanoseconds / 1000);
    log_request(request, answer, nanoseconds / 1000, endpoint->log_requests,
                local ? (int64_t)connection->uid : LOG_REMOTE);
}

/* Without memory for the answer, the connection is closed. */
static enum MHD_Result send_answer(struct exchange *exchange) {
    struct answer *answer = &exchange->answer;
    const struct endpoint *endpoint = exchange->endpoint;
    struct MHD_Response *response;
    enum MHD_Result result = MHD_NO;
    const int64_t took =
        exchange->start != 0 ? monotonic_now() - exchange->start : 0;

    if (atomic_load_explicit(&endpoint->leaving, memory_order_relaxed))
        answer->close = true;
    connections_set_phase(exchange->connection, PHASE_SENDING);
    response = response_new(answer);
    if (response != NULL) {
        result = mhd_override_queue_response(exchange->mhd, answer->status,
                                             response);
        MHD_destroy_response(response);
    }
    record(endpoint, exchange->connection, &exchange->request, answer, took);
    return result;
}

struct MHD_Response *exchange_refusal(struct MHD_Connection *mhd,
                                      unsigned int status) {
    const struct connection *connection = connection_of(mhd);
    struct request request = {.method = "?", .target = ""};
    struct MHD_Response *response;
    struct answer answer;

    answer_init(&answer);
    answer_error(&answer, status, "%s", response_refusal(status));
    answer.close = true;
    response = response_new(&answer);
    if (connection != NULL) {
        const struct endpoint *endpoint = connection->endpoint;

        take_peer(connection, &request);
        request.listener = endpoint->connections.listener;
        record(endpoint, connection, &request, &answer, 0);
    }
    answer_free(&answer);
    return response;
}

/* ------------------------------------------------------------------ workers
 */

static void work(struct exchange *exchange) {
    dispatch(exchange->endpoint->shared, &exchange->request,
             &exchange->answer);
    /* Now, because the client may be gone before the answer is sent. */
    if (exchange->answer.audit != NULL)
        log_change(exchange->answer.audit);
    if (!connections_may_send(&exchange->endpoint->connections,
                              exchange->connection,
                              exchange->answer.body.size))
        answer_retry(&exchange->answer, 503,
                     "too many answers wait to be read");
}

/* The answer is written; libmicrohttpd calls exchange_handle() again. */
static void end_work(struct exchange *exchange) {
    struct workers *workers = &exchange->endpoint->workers;

    exchange->answered = true;
    MHD_resume_connection(exchange->mhd);
    /* From now on another thread may free the exchange. */
    workers_leave(workers);
}

static void *worker(void *exchange) {
    work(exchange);
    end_work(exchange);
    return NULL;
}

/* Has the request answered in a thread of its own.  Returns false if that is
 * not possible; the answer is then written. */
static bool start_worker(struct exchange *exchange) {
    struct endpoint *endpoint = exchange->endpoint;

    if (connections_ask_too_much(&endpoint->connections,
                                 exchange->connection)) {
        answer_retry(&exchange->answer, 429,
                     "too many requests of one user at once");
        return false;
    }
    if (!workers_enter(&endpoint->workers)) {
        answer_retry(&exchange->answer, 503, "too busy");
        return false;
    }
    MHD_suspend_connection(exchange->mhd);
    if (!workers_run(worker, exchange)) {
        answer_retry(&exchange->answer, 503, "too busy");
        end_work(exchange);
    }
    return true;
}

/* ----------------------------------------------------------------- requests
 */

/* libmicrohttpd is about to parse the query, which nobody uses, and hangs if
 * it has no room for the result.  This leaves it nothing to parse. */
static void cut_query(const char *target) {
    char *query = strchr(target, '?');

    if (query != NULL && query[1] != '\0')
        query[1] = '\0';
}

void *exchange_begin(void *endpoint, const char *target,
                     struct MHD_Connection *mhd) {
    struct exchange *exchange = calloc(1, sizeof(*exchange));

    if (exchange == NULL)
        return NULL;
    exchange->endpoint = endpoint;
    exchange->mhd = mhd;
    exchange->connection = connection_of(mhd);
    exchange->target = strdup(target);
    cut_query(target);
    answer_init(&exchange->answer);
    connections_set_phase(exchange->connection, PHASE_RECEIVING);
    return exchange;
}

/* Returns false if the headers are refused; the answer is then written. */
static bool read_headers(struct exchange *exchange,
                         const struct request_line *line) {
    struct request *request = &exchange->request;

    exchange->begun = true;
    request->listener = exchange->endpoint->connections.listener;
    request->method = line->method;
    request->target = exchange->target;
    request->encrypted = exchange->endpoint->encrypted;
    take_peer(exchange->connection, request);
    return head_judge(exchange->mhd, line, request, &exchange->answer);
}

static bool read_body(struct exchange *exchange, const char *data,
                      size_t length) {
    if (exchange->body == NULL)
        exchange->body = malloc(exchange->request.body_length);
    if (exchange->body == NULL ||
        length > exchange->request.body_length - exchange->body_size)
        return false;
    memcpy(exchange->body + exchange->body_size, data, length);
    exchange->body_size += length;
    return true;
}

/* The request is complete: has it answered, now or in a thread of its own. */
static enum MHD_Result answer_request(struct exchange *exchange) {
    struct request *request = &exchange->request;

    request->body = exchange->body;
    request->body_length = exchange->body_size;
    request->now = time(NULL);
    exchange->start = monotonic_now();
    connections_set_phase(exchange->connection, PHASE_ANSWERING);
    if (route_is_quick(target_path(request->target))) {
        mhd_override_serve(MHD_OVERRIDE_NONE);
        work(exchange);
        mhd_override_serve(exchange->endpoint->wire);
    } else if (start_worker(exchange))
        return MHD_YES;
    return send_answer(exchange);
}

enum MHD_Result exchange_handle(void *endpoint, struct MHD_Connection *mhd,
                                const char *url, const char *method,
                                const char *version, const char *data,
                                size_t *length, void **context) {
    struct exchange *exchange = *context;
    /* libmicrohttpd has decoded the text at url; only its place is used. */
    const struct request_line line = {method, url, version};

    (void)endpoint;
    (void)mhd;
    if (exchange == NULL || exchange->target == NULL)
        return MHD_NO;
    if (!exchange->begun)
        return read_headers(exchange, &line) ? MHD_YES : send_answer(exchange);
    if (*length > 0) {
        if (!read_body(exchange, data, *length))
            return MHD_NO;
        *length = 0;
        return MHD_YES;
    }
    return exchange->answered ? send_answer(exchange)
                              : answer_request(exchange);
}

void exchange_end(void *endpoint, struct MHD_Connection *mhd, void **context,
                  enum MHD_RequestTerminationCode code) {
    struct exchange *exchange = *context;

    (void)endpoint;
    (void)mhd;
    (void)code;
    *context = NULL;
    if (exchange == NULL)
        return;
    connections_set_phase(exchange->connection, PHASE_IDLE);
    if (exchange->connection != NULL && exchange->connection->unsent > 0)
        connections_sent(&exchange->endpoint->connections,
                         exchange->connection);
    answer_free(&exchange->answer);
    if (exchange->body != NULL)
        tokenstore_wipe(exchange->body, exchange->body_size);
    free(exchange->body);
    free(exchange->target);
    free(exchange);
}
