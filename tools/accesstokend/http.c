/*
 * http.c - the wire.  libmicrohttpd reads requests and writes answers; what
 * it would let through and another program on the way could read differently
 * is refused here, before anything else looks at it.  Requests that could
 * take long are answered in a thread of their own, so that verifying goes on.
 * Must never log what was sent.
 */
#include <config.h>

#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/syslog.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "metrics.h"
#include "route.h"

/* As nginx has it: seconds between requests, and for one to arrive. */
#define IDLE_SECONDS 75
#define REQUEST_SECONDS 10

#define CONNECTIONS_MAX 4096
/* Of one user on the api socket, so that none of them can fill it. */
#define CONNECTIONS_OF_A_USER_MAX 256
#define WORKERS_MAX 256
#define CONNECTION_MEMORY 32768
/* As many groups as Linux gives a process. */
#define GROUPS_SIZE (65536 * sizeof(gid_t))
#define WORKER_STACK ((size_t)512 * 1024)

/* What a connection is doing. */
enum phase {
    PHASE_IDLE,
    PHASE_RECEIVING, /* the request line is there, the rest is not */
    PHASE_ANSWERING, /* all of it is there */
    PHASES
};

struct connection {
    struct connection *next, **to_here;
    int fd;
    struct peer peer;
    char address[INET6_ADDRSTRLEN];
    /* The phase, and since when, in one: since * PHASES + phase. */
    atomic_int_fast64_t state;
};

struct http {
    struct service *service;
    struct http_options options;
    struct MHD_Daemon *daemon;
    char *certificate, *key; /* while libmicrohttpd may look at them */
    pthread_mutex_t mutex;
    pthread_cond_t idle;
    struct connection *connections;
    unsigned int workers;
};

/* One request and its answer. */
struct exchange {
    struct http *http;
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

static int64_t seconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec;
}

static void set_phase(struct connection *connection, enum phase phase) {
    if (connection != NULL)
        atomic_store_explicit(&connection->state, seconds() * PHASES + phase,
                              memory_order_relaxed);
}

static enum phase get_phase(const struct connection *connection,
                            int64_t *since) {
    const int64_t state =
        atomic_load_explicit(&connection->state, memory_order_relaxed);

    *since = state / PHASES;
    return (enum phase)(state % PHASES);
}

/* -------------------------------------------------------------- connections
 */

static bool is_member(int fd, gid_t primary, gid_t group) {
    gid_t *groups = malloc(GROUPS_SIZE);
    socklen_t size = GROUPS_SIZE, i;
    bool found = group != (gid_t)-1 && primary == group;

    /* More of them than there is room for: no answer, and no member. */
    if (groups != NULL && group != (gid_t)-1 &&
        getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0)
        for (i = 0; i < size / sizeof(*groups); i++)
            found = found || groups[i] == group;
    free(groups);
    return found;
}

static void find_peer(const struct http *http, struct connection *connection) {
    struct ucred credentials;
    socklen_t size = sizeof(credentials);

    if (getsockopt(connection->fd, SOL_SOCKET, SO_PEERCRED, &credentials,
                   &size) != 0)
        return;
    connection->peer.known = true;
    connection->peer.uid = credentials.uid;
    connection->peer.administers = is_member(connection->fd, credentials.gid,
                                             http->options.administrators);
}

static void find_address(struct MHD_Connection *wire,
                         struct connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(wire, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info != NULL ? info->client_addr : NULL;
    const void *bytes = NULL;

    if (address == NULL)
        return;
    if (address->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    else if (address->sa_family == AF_INET6)
        bytes =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (bytes != NULL)
        (void)!inet_ntop(address->sa_family, bytes, connection->address,
                         sizeof(connection->address));
}

/* With the mutex: has the user of this connection too many others? */
static bool is_too_many(const struct http *http,
                        const struct connection *connection) {
    const struct connection *other;
    size_t count = 0;

    if (!connection->peer.known || connection->peer.uid == 0)
        return false;
    for (other = http->connections; other != NULL; other = other->next)
        count += other->peer.uid == connection->peer.uid;
    return count >= CONNECTIONS_OF_A_USER_MAX;
}

static void connection_opened(struct http *http, struct MHD_Connection *wire,
                              void **context) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(wire, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *connection = calloc(1, sizeof(*connection));

    *context = connection;
    if (connection == NULL)
        return;
    connection->fd = info->connect_fd;
    set_phase(connection, PHASE_IDLE);
    if (http->options.listener == LISTENER_TCP)
        find_address(wire, connection);
    else if (http->options.listener == LISTENER_API)
        find_peer(http, connection);
    pthread_mutex_lock(&http->mutex);
    if (is_too_many(http, connection))
        shutdown(connection->fd, SHUT_RDWR);
    connection->next = http->connections;
    connection->to_here = &http->connections;
    if (connection->next != NULL)
        connection->next->to_here = &connection->next;
    http->connections = connection;
    pthread_mutex_unlock(&http->mutex);
}

static void connection_closed(struct http *http, void **context) {
    struct connection *connection = *context;

    *context = NULL;
    if (connection == NULL)
        return;
    pthread_mutex_lock(&http->mutex);
    *connection->to_here = connection->next;
    if (connection->next != NULL)
        connection->next->to_here = connection->to_here;
    pthread_mutex_unlock(&http->mutex);
    free(connection);
}

static void notify_connection(void *argument, struct MHD_Connection *wire,
                              void **context,
                              enum MHD_ConnectionNotificationCode code) {
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_opened(argument, wire, context);
    else
        connection_closed(argument, context);
}

void http_reap(struct http *http) {
    /* By phase; an answer takes as long as it takes. */
    static const int64_t patience[PHASES] = {
        [PHASE_IDLE] = IDLE_SECONDS,
        [PHASE_RECEIVING] = REQUEST_SECONDS,
        [PHASE_ANSWERING] = INT64_MAX,
    };
    const int64_t now = seconds();
    struct connection *connection;
    int64_t since;

    pthread_mutex_lock(&http->mutex);
    for (connection = http->connections; connection != NULL;
         connection = connection->next) {
        const enum phase phase = get_phase(connection, &since);

        if (now - since > patience[phase])
            shutdown(connection->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&http->mutex);
}

/* ------------------------------------------------------------------ headers
 */

/* What is in a request's headers, and what is wrong with them. */
struct headers {
    struct request *request;
    unsigned int hosts, authorizations, lengths, encodings, types;
    uint64_t length;
    const char *wrong;
};

static bool is_token_text(const char *text, size_t length) {
    size_t i;

    for (i = 0; i < length; i++) {
        const char c = text[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') ||
              (c != '\0' && strchr("-!#$%&'*+.^_`|~", c) != NULL)))
            return false;
    }
    return length > 0;
}

static bool is_value_text(const char *text, size_t length) {
    size_t i;

    for (i = 0; i < length; i++)
        if (((unsigned char)text[i] < 0x20 && text[i] != '\t') ||
            text[i] == 0x7f)
            return false;
    return true;
}

static void take_length(struct headers *headers, const char *value) {
    size_t i;

    headers->lengths++;
    headers->length = 0;
    for (i = 0; value[i] >= '0' && value[i] <= '9'; i++)
        if (headers->length <= REQUEST_BODY_MAX)
            headers->length =
                headers->length * 10 + (uint64_t)(value[i] - '0');
    if (i == 0 || value[i] != '\0')
        headers->wrong = "Content-Length is not a number";
}

static bool is(const char *key, size_t length, const char *name) {
    return length == strlen(name) && strcasecmp(key, name) == 0;
}

static enum MHD_Result take_header(void *argument, enum MHD_ValueKind kind,
                                   const char *key, size_t key_length,
                                   const char *value, size_t value_length) {
    struct headers *headers = argument;
    struct request *request = headers->request;

    (void)kind;
    if (value == NULL)
        value = "";
    if (!is_token_text(key, key_length) || !is_value_text(value, value_length))
        headers->wrong = "a header has a byte that does not belong there";
    else if (is(key, key_length, "Host"))
        headers->hosts++;
    else if (is(key, key_length, "Content-Length"))
        take_length(headers, value);
    else if (is(key, key_length, "Transfer-Encoding"))
        headers->encodings++;
    else if (is(key, key_length, "Authorization")) {
        headers->authorizations++;
        request->authorization = value;
    } else if (is(key, key_length, "Content-Type")) {
        headers->types++;
        request->content_type = value;
    } else if (is(key, key_length, "Forwarded") ||
               is(key, key_length, "Via") ||
               strncasecmp(key, "X-Forwarded-", 12) == 0)
        request->forwarded = true;
    return MHD_YES;
}

/* What could be understood in two ways, or is too much to read; false: the
 * answer is there. */
static bool judge_headers(struct exchange *exchange, const char *version) {
    struct headers headers = {.request = &exchange->request};
    struct answer *answer = &exchange->answer;

    MHD_get_connection_values_n(exchange->wire, MHD_HEADER_KIND, take_header,
                                &headers);
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        headers.wrong = "neither HTTP/1.1 nor HTTP/1.0";
    else if (headers.hosts > 1)
        headers.wrong = "Host is there twice";
    else if (headers.hosts == 0 && strcmp(version, "HTTP/1.1") == 0)
        headers.wrong = "Host is missing";
    else if (headers.authorizations > 1)
        headers.wrong = "Authorization is there twice";
    else if (headers.types > 1)
        headers.wrong = "Content-Type is there twice";
    else if (headers.lengths > 1)
        headers.wrong = "Content-Length is there twice";
    else if (headers.encodings > 0 && headers.lengths > 0)
        headers.wrong = "Content-Length and Transfer-Encoding";
    if (headers.wrong != NULL)
        answer_error(answer, 400, "%s", headers.wrong);
    else if (headers.encodings > 0)
        answer_error(answer, 411,
                     "Content-Length is needed, and no "
                     "Transfer-Encoding");
    else if (headers.length > REQUEST_BODY_MAX)
        answer_error(answer, 413, "the body has more than %d bytes",
                     REQUEST_BODY_MAX);
    else
        return true;
    answer->close = true;
    return false;
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
    const struct http *http = exchange->http;
    struct MHD_Response *response = NULL;
    enum MHD_Result result = MHD_NO;
    const int64_t took =
        exchange->start != 0 ? microseconds() - exchange->start : 0;

    if (!answer->failed && !answer->body.failed)
        response = make_response(answer);
    if (response != NULL && !answer->failed)
        result = MHD_queue_response(exchange->wire, answer->status, response);
    if (response != NULL)
        MHD_destroy_response(response);
    metrics_request(http->service->metrics, answer->route, answer->status,
                    took);
    log_request(&exchange->request, answer, took, http->options.log_requests);
    return result;
}

static void work(struct exchange *exchange) {
    route_handle(exchange->http->service, &exchange->request,
                 &exchange->answer);
}

/* The answer is there; libmicrohttpd calls again to fetch it. */
static void end_work(struct exchange *exchange) {
    struct http *http = exchange->http;

    exchange->answered = true;
    MHD_resume_connection(exchange->wire);
    /* The exchange may be gone by now. */
    pthread_mutex_lock(&http->mutex);
    http->workers--;
    pthread_cond_broadcast(&http->idle);
    pthread_mutex_unlock(&http->mutex);
}

static void *worker(void *argument) {
    work(argument);
    end_work(argument);
    return NULL;
}

static bool count_worker(struct http *http) {
    bool room;

    pthread_mutex_lock(&http->mutex);
    room = http->workers < WORKERS_MAX;
    if (room)
        http->workers++;
    pthread_mutex_unlock(&http->mutex);
    return room;
}

static void too_busy(struct answer *answer) {
    answer_error(answer, 503, "too busy");
    answer_header(answer, "Retry-After", "1");
}

/* Answer in a thread of its own; false where there are too many. */
static bool start_worker(struct exchange *exchange) {
    struct http *http = exchange->http;
    pthread_attr_t attributes;
    pthread_t thread;

    if (!count_worker(http))
        return false;
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

static void *request_begins(void *argument, const char *uri,
                            struct MHD_Connection *wire) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(wire, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct exchange *exchange = calloc(1, sizeof(*exchange));

    if (exchange == NULL)
        return NULL;
    exchange->http = argument;
    exchange->wire = wire;
    exchange->connection = info != NULL ? info->socket_context : NULL;
    exchange->target = strdup(uri);
    answer_init(&exchange->answer);
    set_phase(exchange->connection, PHASE_RECEIVING);
    return exchange;
}

/* The headers are there; false: so is the answer. */
static bool read_headers(struct exchange *exchange, const char *method,
                         const char *version) {
    struct request *request = &exchange->request;

    exchange->begun = true;
    request->listener = exchange->http->options.listener;
    request->method = method;
    request->target = exchange->target;
    if (exchange->connection != NULL) {
        request->peer = exchange->connection->peer;
        if (exchange->connection->address[0] != '\0')
            request->address = exchange->connection->address;
    }
    return judge_headers(exchange, version);
}

static bool read_body(struct exchange *exchange, const char *data,
                      size_t length) {
    if (exchange->body == NULL)
        exchange->body = malloc(REQUEST_BODY_MAX);
    if (exchange->body == NULL ||
        length > REQUEST_BODY_MAX - exchange->body_size)
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

    (void)argument;
    (void)wire;
    (void)url; /* decoded by libmicrohttpd, and not used for that reason */
    if (exchange == NULL || exchange->target == NULL)
        return MHD_NO;
    if (!exchange->begun)
        return read_headers(exchange, method, version) ? MHD_YES
                                                       : send_answer(exchange);
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
    set_phase(exchange->connection, PHASE_ANSWERING);
    if (!route_is_quick(&exchange->request)) {
        if (start_worker(exchange))
            return MHD_YES;
        too_busy(&exchange->answer);
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
    set_phase(exchange->connection, PHASE_IDLE);
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

static bool start_daemon(struct http *http) {
    const struct http_options *options = &http->options;
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD |
                         MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, http->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, http->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0,
         (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem threads[] = {
        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)options->threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };

    if (http->certificate != NULL)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    if (options->threads < 2)
        threads[0].option = MHD_OPTION_END;
    http->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle_request, http, MHD_OPTION_EXTERNAL_LOGGER,
        ignore_message, NULL, MHD_OPTION_LISTEN_SOCKET, options->socket,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)IDLE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
        request_begins, http, MHD_OPTION_NOTIFY_COMPLETED, request_ends, http,
        MHD_OPTION_NOTIFY_CONNECTION, notify_connection, http,
        MHD_OPTION_ARRAY, tls, MHD_OPTION_ARRAY, threads, MHD_OPTION_END);
    return http->daemon != NULL;
}

struct http *http_start(struct service *service,
                        const struct http_options *options) {
    struct http *http = calloc(1, sizeof(*http));
    bool good = http != NULL;

    if (good && options->certificate != NULL) {
        http->certificate = strdup(options->certificate);
        http->key = strdup(options->key);
        good = http->certificate != NULL && http->key != NULL;
    }
    if (good) {
        http->service = service;
        http->options = *options;
        pthread_mutex_init(&http->mutex, NULL);
        pthread_cond_init(&http->idle, NULL);
        good = start_daemon(http);
    }
    if (good)
        return http;
    log_line(LOG_ERR, options->certificate != NULL
                          ? "cannot serve HTTPS: is the key the "
                            "certificate's, and both PEM?"
                          : "cannot serve HTTP: out of memory or threads");
    if (http != NULL) {
        free(http->certificate);
        free(http->key);
    }
    free(http);
    return NULL;
}

int http_quiesce(struct http *http) {
    return MHD_quiesce_daemon(http->daemon);
}

bool http_is_busy(struct http *http) {
    const struct connection *connection;
    bool busy = false;
    int64_t since;

    pthread_mutex_lock(&http->mutex);
    for (connection = http->connections; connection != NULL;
         connection = connection->next)
        busy = busy || get_phase(connection, &since) != PHASE_IDLE;
    pthread_mutex_unlock(&http->mutex);
    return busy;
}

void http_stop(struct http **stopped) {
    struct http *http = *stopped;

    *stopped = NULL;
    if (http == NULL)
        return;
    /* libmicrohttpd does not stop while a connection is suspended. */
    pthread_mutex_lock(&http->mutex);
    while (http->workers > 0)
        pthread_cond_wait(&http->idle, &http->mutex);
    pthread_mutex_unlock(&http->mutex);
    MHD_stop_daemon(http->daemon);
    pthread_cond_destroy(&http->idle);
    pthread_mutex_destroy(&http->mutex);
    if (http->key != NULL)
        tokenstore_wipe(http->key, strlen(http->key));
    free(http->key);
    free(http->certificate);
    free(http);
}
