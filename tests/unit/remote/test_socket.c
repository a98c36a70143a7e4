/*
 * test_socket.c - tests of verifying through a Unix socket, against servers
 * that answer everything but what they should: what is sent, which answers
 * are believed, whose servers are asked, and that no descriptor is left.
 * tests/remote/slow_answers.py has the servers that are late.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/accounts.h"
#include "tests/support/descriptors.h"
#include "tests/support/store_fixture.h"
#include "tokenstore/remote/plugin.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LARGE 20000
#define ID "X-Token-Id: 1\r\n"
#define USER "Remote-User: test-jane\r\n"
#define OK200 "HTTP/1.1 200 OK\r\n"
#define EMPTY "Content-Length: 0\r\n\r\n"
#define YES OK200 ID USER EMPTY

/* ------------------------------------------------------------- the server */

/* What the server does with every connection. */
static struct {
    int listener;
    pthread_t thread;
    const char *answer;
    size_t length;
    bool unread;  /* does not read the request, and closes at once */
    bool by_byte; /* sends each byte by itself, with pauses */
    atomic_uint connections;
    char request[LARGE]; /* the last one */
} server;

static char uri[PATH_MAX + 8];
static char path[PATH_MAX];
static struct tokenstore_bearer bearer;

static void read_request(int fd) {
    size_t length = 0;
    ssize_t count;

    server.request[0] = '\0';
    while (strstr(server.request, "\r\n\r\n") == NULL &&
           (count = recv(fd, server.request + length,
                         sizeof(server.request) - 1 - length, 0)) > 0) {
        length += (size_t)count;
        server.request[length] = '\0';
    }
}

static void send_answer(int fd) {
    const size_t piece = server.by_byte ? 1 : server.length;

    for (size_t sent = 0; sent < server.length; sent += piece) {
        if (send(fd, server.answer + sent, piece, MSG_NOSIGNAL) < 0)
            return;
        if (server.by_byte)
            nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
}

static void *serve(void *argument) {
    int fd;

    (void)argument;
    while ((fd = accept(server.listener, NULL, NULL)) >= 0) {
        if (!server.unread)
            read_request(fd);
        send_answer(fd);
        close(fd);
        atomic_fetch_add(&server.connections, 1);
    }
    return NULL;
}

static void bind_socket(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    server.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(strlen(path) < sizeof(address.sun_path));
    strcpy(address.sun_path, path);
    assert_int_equal(bind(server.listener, (const struct sockaddr *)&address,
                          sizeof(address)),
                     0);
    assert_int_equal(listen(server.listener, 64), 0);
}

static int begin(void **state) {
    struct fixture *fixture;

    if (fixture_set_up(state) != 0)
        return -1;
    fixture = *state;
    accounts_add_entry(
        &(struct test_account){"TEST-JANE", "test-jane", 64001, 64001});
    if (issue(fixture->store, "test-jane", &bearer) != 1)
        return -1;
    snprintf(path, sizeof(path), "%s", fixture_file(fixture, "socket"));
    snprintf(uri, sizeof(uri), "unix:%s", path);
    bind_socket();
    /* Nothing may load it. */
    plugin_file = "/no/such/plugin.so";
    return pthread_create(&server.thread, NULL, serve, NULL);
}

static int end(void **state) {
    shutdown(server.listener, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.listener);
    return fixture_tear_down(state);
}

/* ------------------------------------------------------------------ asking */

static char said[TOKENSTORE_MESSAGE_SIZE];

/* Asks about the bearer token of test-jane, with one scope or none. */
static enum tokenstore_error ask(const char *user, const char *scope,
                                 enum tokenstore_reason *reason) {
    const struct tokenstore_request request = {
        .bearer = bearer.text,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .user = user,
        .scopes = &scope,
        .scope_count = scope != NULL,
    };
    struct tokenstore_token *token = NULL;
    struct tokenstore *store;
    enum tokenstore_error error;

    assert_ok(tokenstore_open(uri, &store));
    error = tokenstore_verify(store, &request, &token, reason);
    snprintf(said, sizeof(said), "%s", tokenstore_message(store));
    assert_true((token != NULL) == (error == TOKENSTORE_OK));
    if (token != NULL)
        assert_int_equal(tokenstore_token_id(token), 1);
    tokenstore_token_free(&token);
    tokenstore_close(&store);
    return error;
}

static void answer_with(const char *answer, size_t length) {
    server.answer = answer;
    server.length = length;
}

static void assert_answer(const char *answer, const char *user,
                          const char *scope, enum tokenstore_error wanted) {
    enum tokenstore_reason reason;
    enum tokenstore_error error;

    answer_with(answer, strlen(answer));
    error = ask(user, scope, &reason);
    if (error != wanted)
        fail_msg("%s\n%s: %s", answer, tokenstore_strerror(error), said);
}

/* ------------------------------------------------------------------- tests */

static void test_only_a_yes_is_believed(void **state) {
    static const struct {
        const char *answer;
        enum tokenstore_error error;
    } cases[] = {
        {YES, TOKENSTORE_OK},
        {OK200 "x-token-id: 1\r\nREMOTE-USER: test-jane\r\n\r\n",
         TOKENSTORE_OK},
        {"HTTP/1.1 103 Early\r\n" ID "\r\n" YES, TOKENSTORE_OK},
        {OK200 ID USER "X-Token-Scope: smtp imap\r\n" EMPTY, TOKENSTORE_OK},
        {"HTTP/1.1 401 U\r\n" ID USER EMPTY, TOKENSTORE_ERROR_REFUSED},
        {"HTTP/1.1 403 F\r\nContent-Length: 2\r\n\r\nno",
         TOKENSTORE_ERROR_REFUSED},
        {"", TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 USER EMPTY, TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 ID EMPTY, TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 ID ID USER EMPTY, TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 ID USER USER EMPTY, TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 "X-Token-Id: 2\r\n" USER EMPTY, TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 "X-Token-Id: 0\r\n" USER EMPTY, TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 "X-Token-Id : 1\r\n" USER EMPTY, TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 ID "Remote-User:\r\n" EMPTY, TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 ID "Remote-User: root\r\n" EMPTY, TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 ID "Remote_User: test-jane\r\n" EMPTY,
         TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 ID USER "X-Token-Scope: smtp\r\n" EMPTY,
         TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 ID USER "X-Token-Scope:\r\n" EMPTY,
         TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 ID USER "\r\nx", TOKENSTORE_ERROR_UNAVAILABLE},
        {YES "\n", TOKENSTORE_ERROR_UNAVAILABLE},
        {YES YES, TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 ID USER "Content-Length: 9\r\n\r\n",
         TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 ID USER, TOKENSTORE_ERROR_UNAVAILABLE},
        {OK200 ID USER "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         TOKENSTORE_ERROR_UNAVAILABLE},
        {"HTTP/1.1 100 C\r\n" ID USER "\r\nHTTP/1.1 200 OK\r\n\r\n",
         TOKENSTORE_ERROR_UNAVAILABLE},
        {"HTTP/1.1 101 S\r\n" ID USER "\r\n" YES,
         TOKENSTORE_ERROR_UNAVAILABLE},
        {"HTTP/1.1 204 N\r\n" ID USER "\r\n", TOKENSTORE_ERROR_UNAVAILABLE},
        {"HTTP/1.1 302 F\r\nLocation: /yes\r\n" ID USER EMPTY,
         TOKENSTORE_ERROR_UNAVAILABLE},
        {"HTTP/1.1 503 S\r\n" ID USER EMPTY, TOKENSTORE_ERROR_UNAVAILABLE},
        {"HTTP/1.1 401 U\r\nContent-Length: 9\r\n\r\n",
         TOKENSTORE_ERROR_UNAVAILABLE},
        {"HTTP/1.1 200 OK\n" ID USER "\n", TOKENSTORE_ERROR_UNAVAILABLE},
    };
    const unsigned int descriptors = open_descriptors();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_answer(cases[i].answer, "test-jane", "imap", cases[i].error);
    assert_int_equal(open_descriptors(), descriptors);
}

static void test_nul_is_no_end_of_an_answer(void **state) {
    static const char answer[] = YES "\0";
    enum tokenstore_reason reason;

    (void)state;
    answer_with(answer, sizeof(answer));
    assert_error(ask("test-jane", NULL, &reason),
                 TOKENSTORE_ERROR_UNAVAILABLE);
    answer_with(answer, sizeof(answer) - 2);
    assert_ok(ask("test-jane", NULL, &reason));
}

static void test_answer_has_a_limit(void **state) {
    static char answer[LARGE];
    enum tokenstore_reason reason;
    size_t used = 0;

    (void)state;
    used += (size_t)snprintf(answer, sizeof(answer), OK200 ID USER);
    while (used < 16384 - 64)
        used +=
            (size_t)snprintf(answer + used, sizeof(answer) - used, "X: y\r\n");
    strcpy(answer + used, "\r\n");
    assert_answer(answer, "test-jane", NULL, TOKENSTORE_OK);
    while (used <= 16384)
        used +=
            (size_t)snprintf(answer + used, sizeof(answer) - used, "X: y\r\n");
    strcpy(answer + used, "\r\n");
    answer_with(answer, strlen(answer));
    assert_error(ask("test-jane", NULL, &reason),
                 TOKENSTORE_ERROR_UNAVAILABLE);
    assert_non_null(strstr(said, "the answer is too large"));
}

static void test_reason_is_what_the_server_says(void **state) {
    static const struct {
        const char *answer;
        enum tokenstore_reason reason;
    } cases[] = {
        {"HTTP/1.1 401 U\r\n\r\n", TOKENSTORE_REASON_INVALID},
        {"HTTP/1.1 403 F\r\n\r\n", TOKENSTORE_REASON_NETWORK},
        {"HTTP/1.1 403 F\r\nWWW-Authenticate: Bearer error="
         "\"insufficient_scope\"\r\n\r\n",
         TOKENSTORE_REASON_SCOPE},
    };
    enum tokenstore_reason reason;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        answer_with(cases[i].answer, strlen(cases[i].answer));
        assert_error(ask("test-jane", "imap", &reason),
                     TOKENSTORE_ERROR_REFUSED);
        assert_int_equal(reason, cases[i].reason);
    }
}

/* The name service knows TEST-JANE as test-jane. */
static void test_user_is_the_one_asked_about(void **state) {
    (void)state;
    assert_answer(YES, NULL, NULL, TOKENSTORE_OK);
    assert_answer(YES, "TEST-JANE", NULL, TOKENSTORE_OK);
    assert_answer(YES, "test-bob", NULL, TOKENSTORE_ERROR_UNAVAILABLE);
}

static void test_request_is_one_of_http(void **state) {
    char expected[1024];

    (void)state;
    assert_answer(YES, NULL, NULL, TOKENSTORE_OK);
    snprintf(expected, sizeof(expected),
             "GET /v1/auth/verify HTTP/1.1\r\nHost: localhost\r\n"
             "Connection: close\r\nAuthorization: Bearer %s\r\n\r\n",
             bearer.text);
    assert_string_equal(server.request, expected);
    /* "test-jane:" without its token, in base64 as far as it is the same. */
    assert_answer(OK200 ID USER "X-Token-Scope: a:b\r\n" EMPTY, "test-jane",
                  "a:b", TOKENSTORE_OK);
    assert_non_null(strstr(server.request,
                           "GET /v1/auth/verify?require_scope=a%3Ab HTTP"));
    assert_non_null(
        strstr(server.request, "Authorization: Basic dGVzdC1qYW5lOnBhbWF0MV"));
}

/* The longest name, and as many and as long scopes as a token can have. */
static void test_largest_question_is_asked(void **state) {
    static char scope[TOKENSTORE_SCOPE_MAX + 1], name[256];
    const char *scopes[200];
    struct tokenstore_request request = {
        .bearer = bearer.text,
        .bearer_length = TOKENSTORE_BEARER_LENGTH,
        .user = name,
        .scopes = scopes,
        .scope_count = TOKENSTORE_SCOPES_MAX,
        .address = "2001:db8:1234:5678:9abc:def0:1234:5678",
    };
    enum tokenstore_reason reason;
    struct tokenstore *store;

    (void)state;
    memset(scope, ':', sizeof(scope) - 1);
    memset(name, 'n', sizeof(name) - 1);
    for (size_t i = 0; i < COUNT(scopes); i++)
        scopes[i] = scope;
    answer_with("HTTP/1.1 401 U\r\n\r\n", 18);
    assert_ok(tokenstore_open(uri, &store));
    assert_error(tokenstore_verify(store, &request, NULL, &reason),
                 TOKENSTORE_ERROR_REFUSED);
    assert_true(strlen(server.request) > 7000);
    assert_non_null(strstr(server.request, "&from=2001%3Adb8%3A1234"));
    request.scope_count = COUNT(scopes);
    server.request[0] = '\0';
    assert_error(tokenstore_verify(store, &request, NULL, &reason),
                 TOKENSTORE_ERROR_INVALID_ARGUMENT);
    assert_string_equal(server.request, "");
    tokenstore_close(&store);
}

static void test_second_question_finds_another_users_token(void **state) {
    struct tokenstore_request request = {.bearer = bearer.text,
                                         .bearer_length =
                                             TOKENSTORE_BEARER_LENGTH,
                                         .user = "test-jane"};
    struct tokenstore_token *token;
    enum tokenstore_reason reason;
    struct tokenstore *store;
    unsigned int connections;

    (void)state;
    answer_with(YES, strlen(YES));
    assert_ok(tokenstore_open(uri, &store));
    assert_ok(tokenstore_verify(store, &request, &token, &reason));
    assert_ok(tokenstore_verify_again(store, token, &request, &reason));
    connections = atomic_load(&server.connections);
    /* To both questions, the server says that the token is not valid. */
    answer_with("HTTP/1.1 401 U\r\n\r\n", 18);
    assert_error(tokenstore_verify_again(store, token, &request, &reason),
                 TOKENSTORE_ERROR_REFUSED);
    assert_int_equal(reason, TOKENSTORE_REASON_INVALID);
    assert_non_null(strstr(server.request, "Bearer pamat1_"));
    while (atomic_load(&server.connections) < connections + 2)
        sched_yield();
    tokenstore_token_free(&token);
    tokenstore_close(&store);
}

/* A signal without SA_RESTART interrupts the waiting, again and again. */
static void nothing(int number) { (void)number; }

static void test_answer_in_pieces_is_read_beside_signals(void **state) {
    const struct sigaction action = {.sa_handler = nothing};
    const struct itimerval often = {{0, 500}, {0, 500}};
    const struct itimerval never = {{0, 0}, {0, 0}};

    (void)state;
    server.by_byte = true;
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    for (int i = 0; i < 5; i++)
        assert_answer(YES, "test-jane", NULL, TOKENSTORE_OK);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    server.by_byte = false;
}

/* SIGPIPE would end this program.  A yes that was sent before the question was
 * read is none. */
static void test_server_that_does_not_read_is_not_believed(void **state) {
    (void)state;
    server.unread = true;
    for (int i = 0; i < 50; i++)
        assert_answer(i % 2 == 0 ? YES : "", "test-jane", NULL,
                      TOKENSTORE_ERROR_UNAVAILABLE);
    server.unread = false;
    assert_answer(YES, "test-jane", NULL, TOKENSTORE_OK);
}

/* The kernel notes who calls listen(). */
static void test_server_of_a_person_is_not_asked(void **state) {
    static const struct {
        uid_t uid;
        enum tokenstore_error error;
    } cases[] = {{4711, TOKENSTORE_ERROR_UNSAFE},
                 {65534, TOKENSTORE_ERROR_UNSAFE},
                 {1000, TOKENSTORE_ERROR_UNSAFE},
                 {999, TOKENSTORE_OK},
                 {1, TOKENSTORE_OK},
                 {0, TOKENSTORE_OK}};
    enum tokenstore_reason reason;

    (void)state;
    if (geteuid() != 0)
        skip();
    answer_with(YES, strlen(YES));
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(seteuid(cases[i].uid), 0);
        assert_int_equal(listen(server.listener, 64), 0);
        assert_int_equal(seteuid(0), 0);
        server.request[0] = '\0';
        assert_error(ask("test-jane", NULL, &reason), cases[i].error);
        if (cases[i].error == TOKENSTORE_ERROR_UNSAFE)
            assert_non_null(strstr(said, "unsafe: served by uid "));
    }
}

static void test_place_of_the_socket_is_judged(void **state) {
    struct fixture *fixture = *state;
    enum tokenstore_reason reason;
    char kept[PATH_MAX + 8];

    answer_with(YES, strlen(YES));
    assert_int_equal(chmod(fixture->directory, 0770), 0);
    assert_error(ask("test-jane", NULL, &reason), TOKENSTORE_ERROR_UNSAFE);
    assert_int_equal(chmod(fixture->directory, 0700), 0);
    snprintf(kept, sizeof(kept), "%s.kept", path);
    assert_int_equal(rename(path, kept), 0);
    assert_error(ask("test-jane", NULL, &reason),
                 TOKENSTORE_ERROR_UNAVAILABLE);
    assert_non_null(strstr(said, "no such socket: is accesstokend running?"));
    assert_int_equal(rename(kept, path), 0);
    assert_ok(ask("test-jane", NULL, &reason));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_a_yes_is_believed),
        cmocka_unit_test(test_nul_is_no_end_of_an_answer),
        cmocka_unit_test(test_answer_has_a_limit),
        cmocka_unit_test(test_reason_is_what_the_server_says),
        cmocka_unit_test(test_user_is_the_one_asked_about),
        cmocka_unit_test(test_request_is_one_of_http),
        cmocka_unit_test(test_largest_question_is_asked),
        cmocka_unit_test(test_second_question_finds_another_users_token),
        cmocka_unit_test(test_answer_in_pieces_is_read_beside_signals),
        cmocka_unit_test(test_server_that_does_not_read_is_not_believed),
        cmocka_unit_test(test_server_of_a_person_is_not_asked),
        cmocka_unit_test(test_place_of_the_socket_is_judged),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
