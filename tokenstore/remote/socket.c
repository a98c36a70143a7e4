/*
 * socket.c - ask accesstokend about a bearer token through its Unix socket:
 * one request of HTTP/1.1, and all that comes until the server closes.  The
 * only file of the library that uses a socket; the plugin has libcurl.
 * Runs inside foreign programs.  Must never leave the token in memory, wait
 * beyond the deadline, raise SIGPIPE, or believe a peer that anybody could be.
 */
#include "tokenstore/remote/socket.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tokenstore/host/deadline.h"
#include "tokenstore/host/safepath.h"
#include "tokenstore/remote/answer.h"
#include "tokenstore/remote/belief.h"
#include "tokenstore/remote/server.h"
#include "tokenstore/values/crypto.h"

/* The longest answer, in bytes.  A yes has at most 3,000; a refusal may come
 * with a page of text. */
#define ANSWER_MAX (16u << 10)

/* "user:token" in base64, and its NUL. */
#define PAIR_SIZE (IDENTITY_NAME_MAX + 1 + TOKENSTORE_BEARER_LENGTH + 1)
#define CREDENTIALS_SIZE ((PAIR_SIZE + 2) / 3 * 4 + 1)

struct exchange {
    const struct remote_server *server;
    struct message *message;
    struct deadline deadline; /* of all requests together */
    int fd;
    size_t length;
    char bytes[ANSWER_MAX + 1]; /* the request, then the answer */
    struct head head;
};

/* ------------------------------------------------------------- the request */

/* Append a text; printf() could leave copies of it.  What does not fit makes
 * the request as long as the room. */
static void append(struct exchange *exchange, const char *text) {
    size_t length = strlen(text);

    if (length > sizeof(exchange->bytes) - exchange->length)
        length = sizeof(exchange->bytes) - exchange->length;
    memcpy(exchange->bytes + exchange->length, text, length);
    exchange->length += length;
}

static void append_credentials(struct exchange *exchange,
                               const struct remote_question *question) {
    char pair[PAIR_SIZE], text[CREDENTIALS_SIZE];
    size_t user = strlen(question->user);

    memcpy(pair, question->user, user);
    pair[user] = ':';
    memcpy(pair + user + 1, question->bearer, TOKENSTORE_BEARER_LENGTH);
    crypto_encode_padded(pair, user + 1 + TOKENSTORE_BEARER_LENGTH, text,
                         sizeof(text));
    append(exchange, text);
    tokenstore_wipe(pair, sizeof(pair));
    tokenstore_wipe(text, sizeof(text));
}

static bool write_request(struct exchange *exchange,
                          const struct remote_question *question) {
    char target[BELIEF_TARGET_SIZE];

    if (!belief_write_target(question, target))
        return false;
    exchange->length = 0;
    append(exchange, "GET ");
    append(exchange, target);
    append(exchange, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                     "Authorization: ");
    if (question->user != NULL) {
        append(exchange, "Basic ");
        append_credentials(exchange, question);
    } else {
        append(exchange, "Bearer ");
        append(exchange, question->bearer);
    }
    append(exchange, "\r\n\r\n");
    return exchange->length < sizeof(exchange->bytes);
}

/* ---------------------------------------------------------- the connection */

/* Wait until the socket can be read or written.  False with errno. */
static bool wait_for(const struct exchange *exchange, short events) {
    struct pollfd place = {.fd = exchange->fd, .events = events};
    int count = 0;

    while (count == 0 || (count < 0 && errno == EINTR)) {
        long left = deadline_left(&exchange->deadline);

        if (left < 1) {
            errno = ETIMEDOUT;
            return false;
        }
        count = poll(&place, 1, (int)left);
    }
    return count > 0;
}

/* If the queue of the server is full, connect() says EAGAIN at once, and there
 * is nothing to wait for. */
static bool connect_to(const struct exchange *exchange) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strcpy(address.sun_path, exchange->server->socket);
    while (connect(exchange->fd, (const struct sockaddr *)&address,
                   sizeof(address)) != 0) {
        if (errno != EAGAIN && errno != EINTR)
            return false;
        if (deadline_passed(&exchange->deadline)) {
            errno = ETIMEDOUT;
            return false;
        }
        deadline_pause();
    }
    return true;
}

static bool send_request(const struct exchange *exchange) {
    size_t sent = 0;

    while (sent < exchange->length) {
        ssize_t count = send(exchange->fd, exchange->bytes + sent,
                             exchange->length - sent, MSG_NOSIGNAL);

        if (count >= 0)
            sent += (size_t)count;
        else if (errno == EAGAIN ? !wait_for(exchange, POLLOUT)
                                 : errno != EINTR)
            return false;
    }
    return true;
}

/* Read until the server closes.  If the buffer is full then, it was too much.
 */
static bool receive_answer(struct exchange *exchange) {
    ssize_t count = -1;

    exchange->length = 0;
    while (count != 0 && exchange->length < sizeof(exchange->bytes)) {
        if (!wait_for(exchange, POLLIN))
            return false;
        count = recv(exchange->fd, exchange->bytes + exchange->length,
                     sizeof(exchange->bytes) - exchange->length, 0);
        if (count > 0)
            exchange->length += (size_t)count;
        else if (count < 0 && errno != EAGAIN && errno != EINTR)
            return false;
    }
    return true;
}

static enum tokenstore_error judge_peer(const struct exchange *exchange) {
    struct ucred peer;
    socklen_t size = sizeof(peer);

    if (getsockopt(exchange->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return message_set_errno(exchange->message, errno,
                                 exchange->server->uri, "SO_PEERCRED");
    return safepath_peer(peer.uid, exchange->server->socket,
                         exchange->message);
}

/* ------------------------------------------------------------------ asking */

static enum tokenstore_error fail(const struct exchange *exchange,
                                  const char *doing, const char *hint) {
    const int code = errno;
    const char *uri = exchange->server->uri;
    enum tokenstore_error error = TOKENSTORE_ERROR_UNAVAILABLE;
    char text[128];

    if (code == EACCES || code == EPERM)
        return message_set_errno(exchange->message, code, uri, doing);
    if (code == ETIMEDOUT)
        return message_set(exchange->message, error,
                           "%s: no answer within 5 seconds", uri);
    return message_set(exchange->message, error, "%s: %s: %s%s", uri, doing,
                       strerror_r(code, text, sizeof(text)), hint);
}

/* Connect, and send and receive everything. */
static enum tokenstore_error converse(struct exchange *exchange) {
    enum tokenstore_error error;

    if (!connect_to(exchange))
        return fail(exchange, "connect", ": is accesstokend running?");
    error = judge_peer(exchange);
    if (error != TOKENSTORE_OK)
        return error;
    if (!send_request(exchange))
        return fail(exchange, "send", "");
    if (!receive_answer(exchange))
        return fail(exchange, "receive", "");
    return TOKENSTORE_OK;
}

static enum tokenstore_error judge_answer(struct exchange *exchange,
                                          const struct remote_question *asked,
                                          struct tokenstore_token *token,
                                          enum tokenstore_reason *reason) {
    const char *uri = exchange->server->uri;
    const char *problem;

    if (exchange->length == 0)
        problem = "the server closed the connection";
    else if (exchange->length > ANSWER_MAX)
        problem = "the answer is too large";
    else {
        problem =
            answer_parse(exchange->bytes, exchange->length, &exchange->head);
        if (problem == NULL)
            return belief_judge(&exchange->head, asked, uri, token, reason,
                                exchange->message);
    }
    return message_set(exchange->message, TOKENSTORE_ERROR_UNAVAILABLE,
                       "%s: invalid answer: %s", uri, problem);
}

static enum tokenstore_error ask(void *argument,
                                 const struct remote_question *question,
                                 struct tokenstore_token *token,
                                 enum tokenstore_reason *reason) {
    struct exchange *exchange = argument;
    enum tokenstore_error error;

    exchange->fd =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (exchange->fd < 0)
        return fail(exchange, "socket", "");
    if (write_request(exchange, question))
        error = converse(exchange);
    else
        error = message_set(
            exchange->message, TOKENSTORE_ERROR_INVALID_ARGUMENT,
            "%s: too many scopes, or too long ones", exchange->server->uri);
    close(exchange->fd);
    return error == TOKENSTORE_OK
               ? judge_answer(exchange, question, token, reason)
               : error;
}

/* A thread that was cancelled in here would leave the token in memory. */
enum tokenstore_error socket_verify(const struct remote_server *server,
                                    const struct remote_question *question,
                                    struct tokenstore_token *token,
                                    enum tokenstore_reason *reason,
                                    struct message *message) {
    struct exchange *exchange;
    enum tokenstore_error error = server_judge(server, message);
    int cancellation;

    if (error != TOKENSTORE_OK)
        return error;
    exchange = malloc(sizeof(*exchange));
    if (exchange == NULL)
        return message_set(message, TOKENSTORE_ERROR_NO_MEMORY,
                           "%s: out of memory", server->uri);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
    exchange->server = server;
    exchange->message = message;
    exchange->deadline = deadline_after(REMOTE_SECONDS * 1000);
    error = belief_ask(ask, exchange, question, token, reason);
    tokenstore_wipe(exchange, sizeof(*exchange));
    free(exchange);
    pthread_setcancelstate(cancellation, NULL);
    return error;
}
