/*
 * test_answer.c - tests of which bytes are one complete response.  An answer
 * that is cut off anywhere, or has a byte too many, is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tokenstore/remote/answer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A text with NULs in it, and its length. */
#define TEXT(text) text, sizeof(text) - 1

static struct head head;

/* Parses a copy without room after it, which a sanitizer would notice. */
static bool is_complete(const char *text, size_t length) {
    char *bytes = malloc(length + (length == 0));
    const char *problem;

    assert_non_null(bytes);
    memcpy(bytes, text, length);
    problem = answer_parse(bytes, length, &head);
    free(bytes);
    return problem == NULL;
}

static void test_response_is_taken_apart(void **state) {
    static const struct {
        const char *text;
        long status;
        size_t length;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\n\r\n", 200, 0},
        {"HTTP/1.1 200\r\n\r\n", 200, 0},
        {"HTTP/1.1 200 \r\n\r\n", 200, 0},
        {"HTTP/1.0 401 Who, you?\r\n\r\nno", 401, 2},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, 0},
        {"HTTP/1.1 200 OK\r\ncontent-length:\t3 \r\n\r\n\0\r\n", 200, 3},
        {"HTTP/1.1 999 \xc3\xa9\r\nX: \xff\t\r\n\r\n", 999, 0},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 F\r\n\r\n", 403, 0},
        {"HTTP/1.1 103 E\r\nContent-Length: 7\r\n\r\n"
         "HTTP/1.1 102 P\r\n\r\nHTTP/1.1 200 OK\r\n\r\nab",
         200, 2},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
         101, 19},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t length = strlen(cases[i].text);

        if (cases[i].length == 3)
            length += 3; /* it has a NUL */
        if (!is_complete(cases[i].text, length) ||
            head.status != cases[i].status || head.length != cases[i].length)
            fail_msg("%s: %ld, %zu", cases[i].text, head.status, head.length);
    }
}

static void test_anything_else_is_no_response(void **state) {
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        {TEXT("")},
        {TEXT("\r\n\r\n")},
        {TEXT("\r\nHTTP/1.1 200 OK\r\n\r\n")},
        {TEXT(" HTTP/1.1 200 OK\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\n\n")},
        {TEXT("HTTP/1.1 200 OK\r\nX: y\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nX: y\r\n\n")},
        {TEXT("HTTP/1.1 200 OK\r\nX: y\r\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nX: a\rY: b\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n")},
        {TEXT("HTTP/1.1 200 O\0K\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nX: \x7f\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\n\r")},
        {TEXT("HTTP/1.1 200 OK\r\n")},
        {TEXT("HTTP/1.1 200 OK")},
        {TEXT("HTTP/1.1 20\r\n\r\n")},
        {TEXT("HTTP/1.1 2000\r\n\r\n")},
        {TEXT("HTTP/1.1 20x OK\r\n\r\n")},
        {TEXT("HTTP/1.1 099 OK\r\n\r\n")},
        {TEXT("HTTP/1.1  200 OK\r\n\r\n")},
        {TEXT("HTTP/1.1\t200 OK\r\n\r\n")},
        {TEXT("HTTP/1.1 200: OK\r\n\r\n")},
        {TEXT("HTTP/1.2 200 OK\r\n\r\n")},
        {TEXT("HTTP/2 200 OK\r\n\r\n")},
        {TEXT("http/1.1 200 OK\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\n: x\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nX : y\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\n\tX: y\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nX\xc3\xa9: y\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nRemote-User: \xff\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nx")},
        {TEXT("HTTP/1.1 200 OK\r\nContent-Length: 00\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nContent-Length: +0\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nContent-Length: 0, 0\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n"
              "\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n"
              "\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
              "0\r\n\r\n")},
        {TEXT("HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\n")},
        {TEXT("HTTP/1.1 100 Continue\r\n\r\n")},
        {TEXT("HTTP/1.1 103 E\r\nX : y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")},
        {TEXT("HTTP/1.1 100 C\r\n\r\nxHTTP/1.1 200 OK\r\n\r\n")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (is_complete(cases[i].text, cases[i].length))
            fail_msg("%zu: %s", i, cases[i].text);
}

static void test_answer_that_is_cut_off_is_no_response(void **state) {
    static const char text[] = "HTTP/1.1 103 E\r\nX: y\r\n\r\n"
                               "HTTP/1.1 401 U\r\nContent-Length: 5\r\n"
                               "WWW-Authenticate: Bearer\r\n\r\nHello";

    (void)state;
    for (size_t length = 0; length < sizeof(text) - 1; length++)
        if (is_complete(text, length))
            fail_msg("complete after %zu bytes", length);
    assert_true(is_complete(text, sizeof(text) - 1));
    assert_false(is_complete(text, sizeof(text)));
}

static void test_headers_of_hints_are_not_those_of_the_response(void **state) {
    (void)state;
    assert_true(is_complete(TEXT("HTTP/1.1 103 E\r\nX-Token-Id: 1\r\n\r\n"
                                 "HTTP/1.1 200 OK\r\nRemote-User: \t a b \t"
                                 "\r\nRETRY-AFTER: 1\r\nretry-after: 2\r\n"
                                 "\r\n")));
    assert_int_equal(head.headers[HEADER_TOKEN_ID].count, 0);
    assert_int_equal(head.headers[HEADER_REMOTE_USER].count, 1);
    assert_string_equal(head.headers[HEADER_REMOTE_USER].text, "a b");
    assert_int_equal(head.headers[HEADER_RETRY_AFTER].count, 2);
}

static void test_header_has_a_limit(void **state) {
    char text[HEADER_SIZE + 100] = "HTTP/1.1 200 OK\r\nX-Token-Scope: ";
    const size_t begin = strlen(text);

    (void)state;
    memset(text + begin, 'x', HEADER_SIZE - 1);
    strcpy(text + begin + HEADER_SIZE - 1, "\r\n\r\n");
    assert_true(is_complete(text, strlen(text)));
    assert_int_equal(strlen(head.headers[HEADER_TOKEN_SCOPE].text),
                     HEADER_SIZE - 1);
    strcpy(text + begin + HEADER_SIZE - 1, "x\r\n\r\n");
    assert_false(is_complete(text, strlen(text)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_response_is_taken_apart),
        cmocka_unit_test(test_anything_else_is_no_response),
        cmocka_unit_test(test_answer_that_is_cut_off_is_no_response),
        cmocka_unit_test(test_headers_of_hints_are_not_those_of_the_response),
        cmocka_unit_test(test_header_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
