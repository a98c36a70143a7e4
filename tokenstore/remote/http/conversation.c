/*
 * conversation.c - one HTTP conversation, by libcurl.
 * It runs inside other people's programs.  So it must never change what is
 * theirs (signals, environment, descriptors that a child would inherit),
 * never obey their environment (a proxy, a key log), nor wait longer than its
 * deadline, and it believes nothing of an answer that has not come whole.
 */
#include <config.h>

#include "tokenstore/remote/http/conversation.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tokenstore/remote/http/curl_start.h"
#include "tokenstore/remote/http/secret_file.h"
#include "tokenstore/values/text.h"

#define KEY_MAX (32u << 10)

struct client {
    const struct remote_place *place;
    struct message *message;
    CURL *curl;
    struct curl_slist *headers;
    struct timespec deadline;
    sigset_t signals; /* the caller's */
    bool masked;
    bool change; /* the request is to change something */
    struct receiver receiver;
    char problem[CURL_ERROR_SIZE];
    char token[TOKENSTORE_BEARER_MAX + 2]; /* "" where there is none */
    char key[KEY_MAX + 1];
    size_t key_length;
};

static enum tokenstore_error new_handle(struct client *client) {
    const char *obstacle;

    client->curl = start_handle(&obstacle);
    if (client->curl != NULL)
        return TOKENSTORE_OK;
    return message_set(client->message,
                       obstacle != NULL ? TOKENSTORE_ERROR_UNAVAILABLE
                                        : TOKENSTORE_ERROR_NO_MEMORY,
                       "%s: %s", client->place->uri,
                       obstacle != NULL ? obstacle : "out of memory");
}

/* -------------------------------------------------------------------- time */

static void set_deadline(struct client *client) {
    clock_gettime(CLOCK_MONOTONIC, &client->deadline);
    client->deadline.tv_sec += REMOTE_SECONDS;
}

/* Milliseconds; never below 1, which is how libcurl says "at once". */
static long time_left(const struct client *client) {
    struct timespec now;
    long left;

    clock_gettime(CLOCK_MONOTONIC, &now);
    left = (client->deadline.tv_sec - now.tv_sec) * 1000 +
           (client->deadline.tv_nsec - now.tv_nsec) / 1000000;
    return left < 1 ? 1 : left;
}

/* ----------------------------------------------------------------- signals
 *
 * Some libraries below write to a closed socket without MSG_NOSIGNAL.  No
 * handler is touched: SIGPIPE is held back in this thread meanwhile, and one
 * that came in the meantime is taken away.
 */
static void hold_signal(struct client *client) {
    sigset_t pending, pipe_signal;

    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigemptyset(&pending);
    sigpending(&pending);
    client->masked =
        sigismember(&pending, SIGPIPE) == 0 &&
        pthread_sigmask(SIG_BLOCK, &pipe_signal, &client->signals) == 0;
}

static void release_signal(struct client *client) {
    const struct timespec at_once = {0, 0};
    sigset_t pipe_signal;

    if (!client->masked)
        return;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    while (sigtimedwait(&pipe_signal, NULL, &at_once) < 0 && errno == EINTR)
        ;
    pthread_sigmask(SIG_SETMASK, &client->signals, NULL);
}

/* No child inherits the socket. */
static curl_socket_t open_socket(void *data, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
    (void)data;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

/* --------------------------------------------------------------- open, close
 */

#define SET(option, value)                                                    \
    (curl_easy_setopt(client->curl, (option), (value)) == CURLE_OK)

/* Who is at the other end, and who says so. */
static bool set_tls(struct client *client) {
    const struct remote_place *place = client->place;
    struct curl_blob key = {client->key, client->key_length, CURL_BLOB_NOCOPY};
    bool ok = SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
              SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
              SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);

    if (ok && place->ca_file != NULL)
        ok = SET(CURLOPT_CAINFO, place->ca_file) && SET(CURLOPT_CAPATH, NULL);
    /* A key that wants a passphrase would ask the terminal for it. */
    if (ok && place->certificate != NULL)
        ok = SET(CURLOPT_SSLCERT, place->certificate) &&
             SET(CURLOPT_SSLKEY_BLOB, &key) && SET(CURLOPT_KEYPASSWD, "");
    return ok;
}

/* What holds for every request. */
static bool set_options(struct client *client) {
    const struct remote_place *place = client->place;
    bool tls = strncmp(place->url, "https:", 6) == 0;
    bool ok = SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_PROXY, "") &&
              SET(CURLOPT_NOPROXY, "*") &&
              SET(CURLOPT_NETRC, CURL_NETRC_IGNORED) &&
              SET(CURLOPT_FOLLOWLOCATION, 0L) &&
              SET(CURLOPT_PROTOCOLS_STR, tls ? "https" : "http") &&
              SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
              SET(CURLOPT_USERAGENT, "accesstoken/" PACKAGE_VERSION) &&
              SET(CURLOPT_ERRORBUFFER, client->problem) &&
              SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
              SET(CURLOPT_HEADERFUNCTION, receive_header) &&
              SET(CURLOPT_HEADERDATA, &client->receiver) &&
              SET(CURLOPT_WRITEFUNCTION, receive_body) &&
              SET(CURLOPT_WRITEDATA, &client->receiver);

#if LIBCURL_VERSION_NUM >= 0x075700
    /* Do not wait for a name server that does not answer. */
    ok = ok && SET(CURLOPT_QUICK_EXIT, 1L);
#endif
    if (ok && place->socket != NULL)
        ok = SET(CURLOPT_UNIX_SOCKET_PATH, place->socket);
    return ok && (!tls || set_tls(client));
}

static enum tokenstore_error read_secrets(struct client *client) {
    const struct remote_place *place = client->place;
    enum tokenstore_error error = TOKENSTORE_OK;

    if (place->token_file != NULL)
        error = secret_file_read_token(place->token_file, client->token,
                                       sizeof client->token, client->message);
    if (error == TOKENSTORE_OK && place->key != NULL)
        error = secret_file_read(place->key, client->key, sizeof client->key,
                                 &client->key_length, client->message);
    return error;
}

enum tokenstore_error client_open(const struct remote_place *place,
                                  struct message *message,
                                  struct client **client_out) {
    struct client *client = calloc(1, sizeof *client);
    enum tokenstore_error error;

    *client_out = client;
    if (client == NULL)
        return message_set(message, TOKENSTORE_ERROR_NO_MEMORY,
                           "%s: out of memory", place->uri);
    client->place = place;
    client->message = message;
    hold_signal(client);
    set_deadline(client);
    error = read_secrets(client);
    if (error == TOKENSTORE_OK)
        error = new_handle(client);
    if (error == TOKENSTORE_OK && !set_options(client))
        error = message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                            "%s: libcurl lacks what this needs, or memory",
                            place->uri);
    if (error != TOKENSTORE_OK)
        client_close(client_out);
    return error;
}

void client_close(struct client **client_out) {
    struct client *client = *client_out;

    if (client == NULL)
        return;
    curl_easy_cleanup(client->curl);
    curl_slist_free_all(client->headers);
    receive_begin(&client->receiver, 0);
    release_signal(client);
    tokenstore_wipe(client, sizeof *client);
    free(client);
    *client_out = NULL;
}

void client_restart(struct client *client) { set_deadline(client); }

/* --------------------------------------------------------------------- ask */

static bool add_header(struct client *client, const char *line) {
    struct curl_slist *longer = curl_slist_append(client->headers, line);

    if (longer == NULL)
        return false;
    client->headers = longer;
    return true;
}

/* libcurl keeps copies of its own of these, and does not wipe them. */
static bool set_credentials(struct client *client,
                            const struct request *request) {
    const char *bearer = request->bearer;
    bool basic = request->user != NULL;

    if (bearer == NULL && client->token[0] != '\0')
        bearer = client->token;
    return SET(CURLOPT_HTTPAUTH, (long)(basic            ? CURLAUTH_BASIC
                                        : bearer != NULL ? CURLAUTH_BEARER
                                                         : CURLAUTH_NONE)) &&
           SET(CURLOPT_USERNAME, request->user) &&
           SET(CURLOPT_PASSWORD, basic ? bearer : NULL) &&
           SET(CURLOPT_XOAUTH2_BEARER, basic ? NULL : bearer);
}

static bool set_request(struct client *client, const struct request *request) {
    char *url = NULL;
    bool ok;

    if (asprintf(&url, "%s%s", client->place->url, request->path) < 0)
        return false;
    curl_slist_free_all(client->headers);
    client->headers = NULL;
    ok = SET(CURLOPT_URL, url) && SET(CURLOPT_TIMEOUT_MS, time_left(client)) &&
         SET(CURLOPT_CONNECTTIMEOUT_MS, time_left(client)) &&
         /* On a connection that was used before libcurl may ask twice. */
         SET(CURLOPT_FRESH_CONNECT, client->change ? 1L : 0L) &&
         set_credentials(client, request) &&
         add_header(client, "Accept: application/json") &&
         add_header(client, "Expect:");
    free(url);
    if (!ok)
        return false;
    if (client->change && strcmp(request->method, "DELETE") != 0)
        ok = SET(CURLOPT_POSTFIELDS,
                 request->body != NULL ? request->body : "") &&
             add_header(client, request->body != NULL
                                    ? "Content-Type: application/json"
                                    : "Content-Type:");
    else
        ok = SET(CURLOPT_HTTPGET, 1L);
    return ok && SET(CURLOPT_CUSTOMREQUEST, request->method) &&
           SET(CURLOPT_HTTPHEADER, client->headers);
}

/* Has anything of the request been sent? */
static bool is_sent(const struct client *client) {
    long sent = 0;

    return curl_easy_getinfo(client->curl, CURLINFO_REQUEST_SIZE, &sent) !=
               CURLE_OK ||
           sent > 0;
}

/* What the system said to the last attempt to connect. */
static int connect_error(const struct client *client, CURLcode code) {
    long error = 0;

    if (code != CURLE_COULDNT_CONNECT || client->place->socket == NULL ||
        curl_easy_getinfo(client->curl, CURLINFO_OS_ERRNO, &error) != CURLE_OK)
        return 0;
    return (int)error;
}

/*
 * A Unix socket with a queue to its door, which the system says by EAGAIN and
 * does not make anybody wait for: libcurl, that waits, finds no connection and
 * no error either.
 */
static bool is_queue_full(const struct client *client, CURLcode code) {
    int error = connect_error(client, code);

    return code == CURLE_COULDNT_CONNECT && client->place->socket != NULL &&
           (error == 0 || error == EAGAIN);
}

static CURLcode perform(struct client *client) {
    const struct timespec pause = {0, 5000000};
    CURLcode code = curl_easy_perform(client->curl);

    while (is_queue_full(client, code)) {
        long left = time_left(client);

        if (left <= 5)
            return CURLE_OPERATION_TIMEDOUT;
        nanosleep(&pause, NULL);
        if (!SET(CURLOPT_TIMEOUT_MS, left - 5))
            return CURLE_OUT_OF_MEMORY;
        code = curl_easy_perform(client->curl);
    }
    return code;
}

/* Why there is no answer, and whether the request may have been heard. */
static enum tokenstore_error no_answer(struct client *client, CURLcode code) {
    const char *uri = client->place->uri;
    enum tokenstore_error error = TOKENSTORE_ERROR_UNAVAILABLE;
    const char *reason = client->problem;
    int system_error = connect_error(client, code);
    char text[128];

    if (system_error == EACCES || system_error == EPERM)
        return message_set_errno(client->message, system_error, uri,
                                 "connect");
    if (system_error != 0)
        return message_set(client->message, error,
                           "%s: connect: %s: is accesstokend running?", uri,
                           strerror_r(system_error, text, sizeof text));
    if (code == CURLE_OPERATION_TIMEDOUT)
        reason = "no answer within 5 seconds";
    else if (client->receiver.too_large)
        reason = "the answer is too large";
    else if (code == CURLE_OUT_OF_MEMORY) {
        error = TOKENSTORE_ERROR_NO_MEMORY;
        reason = "out of memory";
    } else if (reason[0] == '\0' || !text_is_printable(reason, strlen(reason)))
        reason = curl_easy_strerror(code);
    if (client->change && is_sent(client))
        return message_set(client->message, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
                           "%s: %s: the change may or may not stand", uri,
                           reason);
    return message_set(client->message, error, "%s: %s", uri, reason);
}

enum tokenstore_error client_disbelieve(struct client *client,
                                        const char *what) {
    return message_set(
        client->message,
        client->change ? TOKENSTORE_ERROR_OUTCOME_UNKNOWN
                       : TOKENSTORE_ERROR_UNAVAILABLE,
        "%s: not an answer to believe: %s%s", client->place->uri, what,
        client->change ? ": the change may or may not stand" : "");
}

enum tokenstore_error client_ask(struct client *client,
                                 const struct request *request,
                                 const struct answer **answer) {
    CURLcode code;

    receive_begin(&client->receiver, request->answer_max > 0
                                         ? request->answer_max
                                         : CLIENT_ANSWER_MAX);
    client->change = strcmp(request->method, "GET") != 0;
    client->problem[0] = '\0';
    if (!set_request(client, request))
        return message_set(client->message, TOKENSTORE_ERROR_NO_MEMORY,
                           "%s: out of memory", client->place->uri);
    code = perform(client);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE,
                                 &client->receiver.answer.status);
    if (code != CURLE_OK)
        return no_answer(client, code);
    if (client->receiver.malformed)
        return client_disbelieve(client, "malformed headers");
    *answer = &client->receiver.answer;
    return TOKENSTORE_OK;
}

const struct remote_place *client_place(const struct client *client) {
    return client->place;
}

struct message *conversation_message(const struct client *client) {
    return client->message;
}

char *client_escape(const char *text) {
    char *escaped = curl_easy_escape(NULL, text, 0);
    char *copy = escaped != NULL ? strdup(escaped) : NULL;

    curl_free(escaped);
    return copy;
}
