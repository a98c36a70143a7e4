/*
 * server.c - the wire.  libmicrohttpd reads requests and writes answers; what
 * it would let through and another program on the way could read differently
 * is refused here, before anything else looks at it.  Requests that could
 * take long are answered in a thread of their own, so that verifying goes on.
 * Must never log what was sent.
 */
#include <config.h>

#include "tools/accesstokend/http/server.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syslog.h>
#include <time.h>

#include "tools/accesstokend/http/connections.h"
#include "tools/accesstokend/http/head.h"
#include "tools/accesstokend/http/mhd_override.h"
#include "tools/accesstokend/routes/dispatch.h"
#include "tools/accesstokend/shared/log.h"
#include "tools/accesstokend/shared/metrics.h"

/* As nginx has it; server_reap() is stricter. */
#define TIMEOUT_SECONDS 75
#define WORKERS_MAX 256
#define CONNECTION_MEMORY 32768
#define WORKER_STACK ((size_t)512 * 1024)

struct server {
    struct shared *shared;
    struct server_options options;
    struct MHD_Daemon *daemon;
    char *certificate, *key; /* while libmicrohttpd may look at them */
    struct connections connections;
    pthread_mutex_t mutex;
    pthread_cond_t idle;
    unsigned int workers;
    bool ended;          /* no more workers */
    atomic_bool leaving; /* no new connections; no more requests on old ones */
};

/* One request and its answer. */
struct exchange {
    struct server *server;
    struct MHD_Connection *wire;
    struct connection *connection;
    struct request request;
    struct answer answer;
    char *target;
    char *body;
    size_t body_size;
    bool begun;    /* the headers have been looked at */
    bool answered; /* the answer is there */
    int64_t start; /* when it was complete, in microseconds; 0: not yet */
};

static int64_t microseconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* -------------------------------------------------------------- connections
 */

static void notify_connection(void *argument, struct MHD_Connection *wire,
                              void **context,
                              enum MHD_ConnectionNotificationCode code) {
    struct server *server = argument;
    const union MHD_ConnectionInfo *fd, *address;
    struct connection *connection;

    if (code != MHD_CONNECTION_NOTIFY_STARTED) {
        connections_close(&server->connections, *context);
        *context = NULL;
        return;
    }
    fd = MHD_get_connection_info(wire, MHD_CONNECTION_INFO_CONNECTION_FD);
    address =
        MHD_get_connection_info(wire, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    connection =
        connections_open(&server->connections, fd->connect_fd,
                         address != NULL ? address->client_addr : NULL);
    if (connection != NULL)
        connection->server = server;
    *context = connection;
}

static void take_peer(const struct connection *connection,
                      struct request *request) {
    if (connection == NULL)
        return;
    request->peer = connection->peer;
    if (connection->address[0] != '\0')
        request->address = connection->address;
}

static struct connection *connection_of(struct MHD_Connection *wire) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(wire, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info != NULL ? info->socket_context : NULL;
}

/* ------------------------------------------------------------------ answers
 */

static void free_body(void *argument) {
    struct json_writer *json = argument;

    json_free(json);
    free(json);
}

/* Hands the body over to the response. */
static struct MHD_Response *make_body(struct answer *answer) {
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
    MHD_add_response_header(response, "Content-Type",
                            answer->content_type != NULL ? answer->content_type
                                                         : "application/json");
    return response;
}

static struct MHD_Response *make_response(struct answer *answer) {
    struct MHD_Response *response;
    size_t i;

    response = answer->body.length > 0
                   ? make_body(answer)
                   : MHD_create_response_from_buffer(0, (void *)(uintptr_t) "",
                                                     MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return NULL;
    for (i = 0; i < answer->header_count; i++)
        if (MHD_add_response_header(response, answer->headers[i].name,
                                    answer->headers[i].value) != MHD_YES)
            answer->failed = true;
    if (answer->close)
        MHD_add_response_header(response, "Connection", "close");
    return response;
}

/* Without memory for the answer, the connection is closed without one. */
static enum MHD_Result send_answer(struct exchange *exchange) {
    struct answer *answer = &exchange->answer;
    const struct server *server = exchange->server;
    struct MHD_Response *response = NULL;
    enum MHD_Result result = MHD_NO;
    const int64_t took =
        exchange->start != 0 ? microseconds() - exchange->start : 0;

    if (atomic_load_explicit(&server->leaving, memory_order_relaxed))
        answer->close = true;
    if (!answer->failed && !answer->body.failed)
        response = make_response(answer);
    if (response != NULL && !answer->failed)
        result = mhd_override_queue_response(exchange->wire, answer->status,
                                             response);
    if (response != NULL)
        MHD_destroy_response(response);
    metrics_request(server->shared->metrics, answer->route, answer->status,
                    took);
    log_request(&exchange->request, answer, took,
                server->options.log_requests);
    return result;
}

static const char *refusal_text(unsigned int status) {
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

struct MHD_Response *server_refusal(struct MHD_Connection *wire,
                                    unsigned int status) {
    const struct connection *connection = connection_of(wire);
    struct request request = {.method = "?", .target = ""};
    struct MHD_Response *response = NULL;
    struct answer answer;

    answer_init(&answer);
    answer_error(&answer, status, "%s", refusal_text(status));
    answer.close = true;
    if (!answer.body.failed)
        response = make_response(&answer);
    if (connection != NULL) {
        const struct server *server = connection->server;

        take_peer(connection, &request);
        request.listener = server->options.listener;
        metrics_request(server->shared->metrics, answer.route, status, 0);
        log_request(&request, &answer, 0, server->options.log_requests);
    }
    answer_free(&answer);
    return response;
}

static void work(struct exchange *exchange) {
    dispatch(exchange->server->shared, &exchange->request, &exchange->answer);
}

/* The answer is there; libmicrohttpd calls again to fetch it. */
static void end_work(struct exchange *exchange) {
    struct server *server = exchange->server;

    exchange->answered = true;
    MHD_resume_connection(exchange->wire);
    /* The exchange may be gone by now. */
    pthread_mutex_lock(&server->mutex);
    server->workers--;
    pthread_cond_broadcast(&server->idle);
    pthread_mutex_unlock(&server->mutex);
}

static void *worker(void *argument) {
    work(argument);
    end_work(argument);
    return NULL;
}

static bool count_worker(struct server *server) {
    bool room;

    pthread_mutex_lock(&server->mutex);
    room = !server->ended && server->workers < WORKERS_MAX;
    if (room)
        server->workers++;
    pthread_mutex_unlock(&server->mutex);
    return room;
}

/* One user leaves the others half of the threads. */
static void asks_too_much(struct answer *answer) {
    answer_error(answer, 429, "too many requests of yours at once");
    answer_header(answer, "Retry-After", "1");
}

static void too_busy(struct answer *answer) {
    answer_error(answer, 503, "too busy");
    answer_header(answer, "Retry-After", "1");
}

/* Answer in a thread of its own; false: with what is there now. */
static bool start_worker(struct exchange *exchange) {
    struct server *server = exchange->server;
    pthread_attr_t attributes;
    pthread_t thread;

    if (connections_ask_too_much(&server->connections, exchange->connection)) {
        asks_too_much(&exchange->answer);
        return false;
    }
    if (!count_worker(server)) {
        too_busy(&exchange->answer);
        return false;
    }
    MHD_suspend_connection(exchange->wire);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, WORKER_STACK);
    if (pthread_create(&thread, &attributes, worker, exchange) != 0) {
        too_busy(&exchange->answer);
        end_work(exchange);
    }
    pthread_attr_destroy(&attributes);
    return true;
}

/* ----------------------------------------------------------------- requests
 */

/* libmicrohttpd is about to take the query apart, for nobody; it hangs where
 * it has no room for that.  Now there is none. */
static void cut_query(const char *target) {
    char *query = strchr(target, '?');

    if (query != NULL && query[1] != '\0')
        query[1] = '\0';
}

static void *request_begins(void *argument, const char *target,
                            struct MHD_Connection *wire) {
    struct exchange *exchange = calloc(1, sizeof(*exchange));

    if (exchange == NULL)
        return NULL;
    exchange->server = argument;
    exchange->wire = wire;
    exchange->connection = connection_of(wire);
    exchange->target = strdup(target);
    cut_query(target);
    answer_init(&exchange->answer);
    connections_set_phase(exchange->connection, PHASE_RECEIVING);
    return exchange;
}

/* The headers are there; false: so is the answer. */
static bool read_headers(struct exchange *exchange,
                         const struct request_line *line) {
    struct request *request = &exchange->request;

    exchange->begun = true;
    request->listener = exchange->server->options.listener;
    request->method = line->method;
    request->target = exchange->target;
    take_peer(exchange->connection, request);
    return head_judge(exchange->wire, line, request, &exchange->answer);
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

static enum MHD_Result handle_request(void *argument,
                                      struct MHD_Connection *wire,
                                      const char *url, const char *method,
                                      const char *version, const char *data,
                                      size_t *length, void **context) {
    struct exchange *exchange = *context;
    /* The text at url was decoded by libmicrohttpd; nobody reads it. */
    const struct request_line line = {method, url, version};

    (void)argument;
    (void)wire;
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
    if (exchange->answered)
        return send_answer(exchange);
    exchange->request.body = exchange->body;
    exchange->request.body_length = exchange->body_size;
    exchange->request.now = time(NULL);
    exchange->start = microseconds();
    connections_set_phase(exchange->connection, PHASE_ANSWERING);
    if (!route_is_quick(exchange->request.target)) {
        if (start_worker(exchange))
            return MHD_YES;
    } else {
        work(exchange);
    }
    return send_answer(exchange);
}

static void request_ends(void *argument, struct MHD_Connection *wire,
                         void **context,
                         enum MHD_RequestTerminationCode code) {
    struct exchange *exchange = *context;

    (void)argument;
    (void)wire;
    (void)code;
    *context = NULL;
    if (exchange == NULL)
        return;
    connections_set_phase(exchange->connection, PHASE_IDLE);
    answer_free(&exchange->answer);
    if (exchange->body != NULL)
        tokenstore_wipe(exchange->body, exchange->body_size);
    free(exchange->body);
    free(exchange->target);
    free(exchange);
}

/* ------------------------------------------------------------------- daemon
 */

/* libmicrohttpd's own messages quote nothing of a request that matters, but
 * nothing is promised: they are for the debugger. */
static void ignore_message(void *argument, const char *format, va_list list) {
    (void)argument;
    (void)format;
    (void)list;
}

static bool start_daemon(struct server *server) {
    const struct server_options *options = &server->options;
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD |
                         MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, server->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, server->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0,
         (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem threads[] = {
        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)options->threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };

    if (server->certificate != NULL)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    if (options->threads < 2)
        threads[0].option = MHD_OPTION_END;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle_request, server,
        MHD_OPTION_EXTERNAL_LOGGER, ignore_message, NULL,
        MHD_OPTION_LISTEN_SOCKET, options->socket, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned int)options->connections, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned int)TIMEOUT_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_URI_LOG_CALLBACK, request_begins,
        server, MHD_OPTION_NOTIFY_COMPLETED, request_ends, server,
        MHD_OPTION_NOTIFY_CONNECTION, notify_connection, server,
        MHD_OPTION_ARRAY, tls, MHD_OPTION_ARRAY, threads, MHD_OPTION_END);
    return server->daemon != NULL;
}

struct server *server_start(struct shared *shared,
                            const struct server_options *options) {
    struct server *server = calloc(1, sizeof(*server));
    bool good = server != NULL;

    if (good && options->certificate != NULL) {
        server->certificate = strdup(options->certificate);
        server->key = strdup(options->key);
        good = server->certificate != NULL && server->key != NULL;
    }
    if (good) {
        server->shared = shared;
        server->options = *options;
        server->connections.listener = options->listener;
        server->connections.administrators = options->administrators;
        server->connections.most = options->connections;
        connections_begin(&server->connections);
        pthread_mutex_init(&server->mutex, NULL);
        pthread_cond_init(&server->idle, NULL);
        good = start_daemon(server);
    }
    if (good)
        return server;
    log_line(LOG_ERR, options->certificate != NULL
                          ? "cannot serve HTTPS: is the key the "
                            "certificate's, and both PEM?"
                          : "cannot serve HTTP: out of memory or threads");
    if (server != NULL) {
        free(server->certificate);
        free(server->key);
    }
    free(server);
    return NULL;
}

void server_quiesce(struct server *server) {
    atomic_store(&server->leaving, true);
    (void)MHD_quiesce_daemon(server->daemon);
}

bool server_has_connections(struct server *server) {
    return connections_are_open(&server->connections);
}

bool server_is_busy(struct server *server) {
    return connections_are_busy(&server->connections);
}

void server_reap(struct server *server) {
    connections_reap(&server->connections);
}

void server_stop(struct server **stopped) {
    struct server *server = *stopped;

    *stopped = NULL;
    if (server == NULL)
        return;
    /* libmicrohttpd aborts where it is to stop while one is suspended. */
    pthread_mutex_lock(&server->mutex);
    server->ended = true;
    while (server->workers > 0)
        pthread_cond_wait(&server->idle, &server->mutex);
    pthread_mutex_unlock(&server->mutex);
    MHD_stop_daemon(server->daemon);
    pthread_cond_destroy(&server->idle);
    pthread_mutex_destroy(&server->mutex);
    connections_end(&server->connections);
    if (server->key != NULL)
        tokenstore_wipe(server->key, strlen(server->key));
    free(server->key);
    free(server->certificate);
    free(server);
}
