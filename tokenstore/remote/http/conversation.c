/*
 * conversation.c - requests to one server and their responses, by libcurl.
 * Runs inside foreign programs.  Must never change their state (signal
 * handlers, environment, descriptors that a child would inherit), never obey
 * their environment (a proxy, a key log), never wait beyond the deadline, and
 * never use a response that is incomplete.
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

#include "tokenstore/host/deadline.h"
#include "tokenstore/remote/http/curl_start.h"
#include "tokenstore/remote/http/secret_file.h"
#include "tokenstore/values/text.h"

#define KEY_MAX (32u << 10)

struct conversation {
    const struct remote_server *server;
    struct message *message;
    CURL *curl;
    struct curl_slist *headers;
    struct deadline deadline;
    sigset_t signals; /* the mask to restore, if masked */
    bool masked;
    bool change; /* the last request was to change something */
    struct response_reader reader;
    char problem[CURL_ERROR_SIZE];         /* libcurl's words */
    char token[TOKENSTORE_BEARER_MAX + 2]; /* of the token file; or "" */
    char key[KEY_MAX + 1];
    size_t key_length;
};

static enum tokenstore_error new_handle(struct conversation *conversation) {
    const char *obstacle;

    conversation->curl = curl_start_handle(&obstacle);
    if (conversation->curl != NULL)
        return TOKENSTORE_OK;
    return message_set(conversation->message,
                       obstacle != NULL ? TOKENSTORE_ERROR_UNAVAILABLE
                                        : TOKENSTORE_ERROR_NO_MEMORY,
                       "%s: %s", conversation->server->uri,
                       obstacle != NULL ? obstacle : "out of memory");
}

/* -------------------------------------------------------------------- time */

static void set_deadline(struct conversation *conversation) {
    conversation->deadline = deadline_after(REMOTE_SECONDS * 1000);
}

/* In milliseconds.  At least 1, because 0 means "no limit" to libcurl. */
static long time_left(const struct conversation *conversation) {
    long left = deadline_left(&conversation->deadline);

    return left < 1 ? 1 : left;
}

/* ----------------------------------------------------------------- signals
 *
 * Some libraries below libcurl write to a closed socket without MSG_NOSIGNAL.
 * So SIGPIPE is blocked in this thread during the conversation, and one that
 * arrived is discarded before the mask is restored.  If a SIGPIPE was already
 * pending, it belongs to the program, and nothing is done.
 */
static void hold_signal(struct conversation *conversation) {
    sigset_t pending, pipe_signal;

    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigemptyset(&pending);
    sigpending(&pending);
    conversation->masked =
        sigismember(&pending, SIGPIPE) == 0 &&
        pthread_sigmask(SIG_BLOCK, &pipe_signal, &conversation->signals) == 0;
}

static void release_signal(struct conversation *conversation) {
    const struct timespec at_once = {0, 0};
    sigset_t pipe_signal;

    if (!conversation->masked)
        return;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    while (sigtimedwait(&pipe_signal, NULL, &at_once) < 0 && errno == EINTR)
        ;
    pthread_sigmask(SIG_SETMASK, &conversation->signals, NULL);
}

/* A socket that no child inherits. */
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
    (curl_easy_setopt(conversation->curl, (option), (value)) == CURLE_OK)

/* How to verify the server, and how to identify the client. */
static bool set_tls(struct conversation *conversation) {
    const struct remote_server *server = conversation->server;
    struct curl_blob key = {conversation->key, conversation->key_length,
                            CURL_BLOB_NOCOPY};
    bool ok = SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
              SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
              SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);

    if (ok && server->ca_file != NULL)
        ok = SET(CURLOPT_CAINFO, server->ca_file) && SET(CURLOPT_CAPATH, NULL);
    /* Without a passphrase, an encrypted key would ask on the terminal. */
    if (ok && server->certificate != NULL)
        ok = SET(CURLOPT_SSLCERT, server->certificate) &&
             SET(CURLOPT_SSLKEY_BLOB, &key) && SET(CURLOPT_KEYPASSWD, "");
    return ok;
}

/* The options that are the same for every request. */
static bool set_options(struct conversation *conversation) {
    const struct remote_server *server = conversation->server;
    bool tls = strncmp(server->url, "https:", 6) == 0;
    bool ok = SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_PROXY, "") &&
              SET(CURLOPT_NOPROXY, "*") &&
              SET(CURLOPT_NETRC, CURL_NETRC_IGNORED) &&
              SET(CURLOPT_FOLLOWLOCATION, 0L) &&
              SET(CURLOPT_PROTOCOLS_STR, tls ? "https" : "http") &&
              SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
              SET(CURLOPT_USERAGENT, "accesstoken/" PACKAGE_VERSION) &&
              SET(CURLOPT_ERRORBUFFER, conversation->problem) &&
              SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
              SET(CURLOPT_HEADERFUNCTION, response_take_header) &&
              SET(CURLOPT_HEADERDATA, &conversation->reader) &&
              SET(CURLOPT_WRITEFUNCTION, response_take_body) &&
              SET(CURLOPT_WRITEDATA, &conversation->reader);

#if LIBCURL_VERSION_NUM >= 0x075700
    /* Do not wait for the thread of a name server that does not answer. */
    ok = ok && SET(CURLOPT_QUICK_EXIT, 1L);
#endif
    if (ok && server->socket != NULL)
        ok = SET(CURLOPT_UNIX_SOCKET_PATH, server->socket);
    return ok && (!tls || set_tls(conversation));
}

static enum tokenstore_error read_secrets(struct conversation *conversation) {
    const struct remote_server *server = conversation->server;
    enum tokenstore_error error = TOKENSTORE_OK;

    if (server->token_file != NULL)
        error = secret_file_read_token(server->token_file, conversation->token,
                                       sizeof(conversation->token),
                                       conversation->message);
    else if (server->token != NULL)
        error = secret_file_take_token(server->token, conversation->token,
                                       sizeof(conversation->token),
                                       conversation->message);
    if (error == TOKENSTORE_OK && server->key != NULL)
        error = secret_file_read(
            server->key, conversation->key, sizeof(conversation->key),
            &conversation->key_length, conversation->message);
    return error;
}

enum tokenstore_error
conversation_open(const struct remote_server *server, struct message *message,
                  struct conversation **conversation_out) {
    struct conversation *conversation = calloc(1, sizeof(*conversation));
    enum tokenstore_error error;

    *conversation_out = conversation;
    if (conversation == NULL)
        return message_set(message, TOKENSTORE_ERROR_NO_MEMORY,
                           "%s: out of memory", server->uri);
    conversation->server = server;
    conversation->message = message;
    hold_signal(conversation);
    set_deadline(conversation);
    error = read_secrets(conversation);
    if (error == TOKENSTORE_OK)
        error = new_handle(conversation);
    if (error == TOKENSTORE_OK && !set_options(conversation))
        error = message_set(message, TOKENSTORE_ERROR_UNAVAILABLE,
                            "%s: libcurl lacks a needed feature, or memory",
                            server->uri);
    if (error != TOKENSTORE_OK)
        conversation_close(conversation_out);
    return error;
}

void conversation_close(struct conversation **conversation_out) {
    struct conversation *conversation = *conversation_out;

    if (conversation == NULL)
        return;
    curl_easy_cleanup(conversation->curl);
    curl_slist_free_all(conversation->headers);
    response_begin(&conversation->reader, 0);
    release_signal(conversation);
    tokenstore_wipe(conversation, sizeof(*conversation));
    free(conversation);
    *conversation_out = NULL;
}

void conversation_extend(struct conversation *conversation) {
    set_deadline(conversation);
}

/* --------------------------------------------------------------------- ask */

static bool add_header(struct conversation *conversation, const char *line) {
    struct curl_slist *longer = curl_slist_append(conversation->headers, line);

    if (longer == NULL)
        return false;
    conversation->headers = longer;
    return true;
}

/* libcurl keeps its own copies of these and does not wipe them.  socket.c asks
 * about tokens over a Unix socket without it. */
static bool set_credentials(struct conversation *conversation,
                            const struct request *request) {
    const char *bearer = request->bearer;
    bool basic = request->user != NULL;

    if (bearer == NULL && conversation->token[0] != '\0')
        bearer = conversation->token;
    return SET(CURLOPT_HTTPAUTH, (long)(basic            ? CURLAUTH_BASIC
                                        : bearer != NULL ? CURLAUTH_BEARER
                                                         : CURLAUTH_NONE)) &&
           SET(CURLOPT_USERNAME, request->user) &&
           SET(CURLOPT_PASSWORD, basic ? bearer : NULL) &&
           SET(CURLOPT_XOAUTH2_BEARER, basic ? NULL : bearer);
}

static bool set_request(struct conversation *conversation,
                        const struct request *request) {
    char *url = NULL;
    bool ok;

    if (asprintf(&url, "%s%s", conversation->server->url, request->path) < 0)
        return false;
    curl_slist_free_all(conversation->headers);
    conversation->headers = NULL;
    ok = SET(CURLOPT_URL, url) &&
         SET(CURLOPT_TIMEOUT_MS, time_left(conversation)) &&
         SET(CURLOPT_CONNECTTIMEOUT_MS, time_left(conversation)) &&
         /* On a reused connection libcurl may send a request twice. */
         SET(CURLOPT_FRESH_CONNECT, conversation->change ? 1L : 0L) &&
         set_credentials(conversation, request) &&
         add_header(conversation, "Accept: application/json") &&
         add_header(conversation, "Expect:");
    free(url);
    if (!ok)
        return false;
    if (conversation->change && strcmp(request->method, "DELETE") != 0)
        ok = SET(CURLOPT_POSTFIELDS,
                 request->body != NULL ? request->body : "") &&
             add_header(conversation, request->body != NULL
                                          ? "Content-Type: application/json"
                                          : "Content-Type:");
    else
        ok = SET(CURLOPT_HTTPGET, 1L);
    return ok && SET(CURLOPT_CUSTOMREQUEST, request->method) &&
           SET(CURLOPT_HTTPHEADER, conversation->headers);
}

/* Was any part of the request sent? */
static bool is_sent(const struct conversation *conversation) {
    long sent = 0;

    return curl_easy_getinfo(conversation->curl, CURLINFO_REQUEST_SIZE,
                             &sent) != CURLE_OK ||
           sent > 0;
}

/* The errno of the failed connect() to a Unix socket; 0 if not known. */
static int connect_error(const struct conversation *conversation,
                         CURLcode code) {
    long error = 0;

    if (code != CURLE_COULDNT_CONNECT ||
        conversation->server->socket == NULL ||
        curl_easy_getinfo(conversation->curl, CURLINFO_OS_ERRNO, &error) !=
            CURLE_OK)
        return 0;
    return (int)error;
}

/*
 * Is the queue of the Unix socket full?  connect() of a non-blocking socket
 * then fails with EAGAIN instead of waiting; libcurl, which takes that for a
 * connection in progress, finally reports a failure without an errno.
 */
static bool is_queue_full(const struct conversation *conversation,
                          CURLcode code) {
    int error = connect_error(conversation, code);

    return code == CURLE_COULDNT_CONNECT &&
           conversation->server->socket != NULL &&
           (error == 0 || error == EAGAIN);
}

static CURLcode perform(struct conversation *conversation) {
    const struct timespec pause = {0, 5000000};
    CURLcode code = curl_easy_perform(conversation->curl);

    while (is_queue_full(conversation, code)) {
        long left = time_left(conversation);

        if (left <= 5)
            return CURLE_OPERATION_TIMEDOUT;
        nanosleep(&pause, NULL);
        if (!SET(CURLOPT_TIMEOUT_MS, left - 5))
            return CURLE_OUT_OF_MEMORY;
        code = curl_easy_perform(conversation->curl);
    }
    return code;
}

/* The error if there is no response: why, and whether the request may have
 * arrived. */
static enum tokenstore_error no_answer(struct conversation *conversation,
                                       CURLcode code) {
    const char *uri = conversation->server->uri;
    enum tokenstore_error error = TOKENSTORE_ERROR_UNAVAILABLE;
    const char *reason = conversation->problem;
    int system_error = connect_error(conversation, code);
    char text[128];

    if (system_error == EACCES || system_error == EPERM)
        return message_set_errno(conversation->message, system_error, uri,
                                 "connect");
    if (system_error != 0)
        return message_set(conversation->message, error,
                           "%s: connect: %s: is accesstokend running?", uri,
                           strerror_r(system_error, text, sizeof(text)));
    if (code == CURLE_OPERATION_TIMEDOUT)
        reason = "no answer within 5 seconds";
    else if (conversation->reader.too_large)
        reason = "the answer is too large";
    else if (code == CURLE_OUT_OF_MEMORY) {
        error = TOKENSTORE_ERROR_NO_MEMORY;
        reason = "out of memory";
    } else if (reason[0] == '\0' || !text_is_printable(reason, strlen(reason)))
        reason = curl_easy_strerror(code);
    if (conversation->change && is_sent(conversation))
        return message_set(
            conversation->message, TOKENSTORE_ERROR_OUTCOME_UNKNOWN,
            "%s: %s: the change may or may not stand", uri, reason);
    return message_set(conversation->message, error, "%s: %s", uri, reason);
}

enum tokenstore_error conversation_reject(struct conversation *conversation,
                                          const char *what) {
    return message_set(
        conversation->message,
        conversation->change ? TOKENSTORE_ERROR_OUTCOME_UNKNOWN
                             : TOKENSTORE_ERROR_UNAVAILABLE,
        "%s: invalid answer: %s%s", conversation->server->uri, what,
        conversation->change ? ": the change may or may not stand" : "");
}

enum tokenstore_error conversation_ask(struct conversation *conversation,
                                       const struct request *request,
                                       const struct response **response) {
    CURLcode code;

    response_begin(&conversation->reader, request->response_max > 0
                                              ? request->response_max
                                              : CONVERSATION_RESPONSE_MAX);
    conversation->change = strcmp(request->method, "GET") != 0;
    conversation->problem[0] = '\0';
    if (!set_request(conversation, request))
        return message_set(conversation->message, TOKENSTORE_ERROR_NO_MEMORY,
                           "%s: out of memory", conversation->server->uri);
    code = perform(conversation);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(conversation->curl, CURLINFO_RESPONSE_CODE,
                                 &conversation->reader.response.head.status);
    if (code != CURLE_OK)
        return no_answer(conversation, code);
    if (conversation->reader.malformed)
        return conversation_reject(conversation, "malformed headers");
    *response = &conversation->reader.response;
    return TOKENSTORE_OK;
}

const struct remote_server *
conversation_server(const struct conversation *conversation) {
    return conversation->server;
}

struct message *conversation_message(const struct conversation *conversation) {
    return conversation->message;
}

char *conversation_escape(const char *text) {
    char *escaped = curl_easy_escape(NULL, text, 0);
    char *copy = escaped != NULL ? strdup(escaped) : NULL;

    curl_free(escaped);
    return copy;
}
