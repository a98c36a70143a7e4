/*
 * test_answer.c - prove what an answer says of an error: the status for each
 * error of the library, how much of the message each client reads, and that
 * text from outside never puts a token into it.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/accesstokend/request/answer.h"

static void test_quotes_are_short_and_no_tokens(void **state) {
    char text[64];

    (void)state;
    snprintf(text, sizeof(text), "%032d", 0);
    assert_string_equal(answer_quotable(text), text);
    snprintf(text, sizeof(text), "%033d", 0);
    assert_string_equal(answer_quotable(text), "...");
    assert_string_equal(answer_quotable("xpamat1_"), "...");
    assert_string_equal(answer_quotable(""), "");
}

static void test_every_error_has_a_status(void **state) {
    (void)state;
    for (int error = TOKENSTORE_OK; error <= TOKENSTORE_ERROR_UNSUPPORTED;
         error++) {
        const unsigned int status =
            answer_status((enum tokenstore_error)error);

        if (error == TOKENSTORE_OK)
            assert_int_equal(status, 200);
        else
            assert_in_range(status, 400, 503);
    }
    assert_int_equal(answer_status(TOKENSTORE_ERROR_INVALID_SCOPE), 400);
    assert_int_equal(answer_status(TOKENSTORE_ERROR_FORBIDDEN), 403);
    assert_int_equal(answer_status(TOKENSTORE_ERROR_NOT_FOUND), 404);
    assert_int_equal(answer_status(TOKENSTORE_ERROR_CONFLICT), 409);
    assert_int_equal(answer_status(TOKENSTORE_ERROR_OUTCOME_UNKNOWN), 500);
    assert_int_equal(answer_status(TOKENSTORE_ERROR_BUSY), 503);
}

static bool says(const struct answer *answer, const char *text) {
    return memmem(answer->body.data, answer->body.length, text,
                  strlen(text)) != NULL;
}

static void test_only_the_frank_answer_tells_all(void **state) {
    struct answer answer;

    (void)state;
    for (int frank = 0; frank <= 1; frank++) {
        answer_init(&answer);
        answer.frank = frank == 1;
        answer_store_error(&answer, TOKENSTORE_ERROR_IO, "/secret/place");
        assert_int_equal(answer.status, 503);
        assert_int_equal(says(&answer, "/secret/place"), frank);
        assert_string_equal(answer.why, "/secret/place");
        answer_store_error(&answer, TOKENSTORE_ERROR_NOT_FOUND, "no token 7");
        assert_int_equal(answer.status, 404);
        assert_true(says(&answer, "no token 7"));
        assert_false(says(&answer, "/secret/place"));
        answer_free(&answer);
    }
}

static void test_a_busy_store_says_when_to_come_back(void **state) {
    struct answer answer;

    (void)state;
    answer_init(&answer);
    answer_store_error(&answer, TOKENSTORE_ERROR_IO, NULL);
    assert_int_equal(answer.header_count, 0);
    answer_store_error(&answer, TOKENSTORE_ERROR_BUSY, "");
    assert_int_equal(answer.header_count, 1);
    assert_string_equal(answer.headers[0].name, "Retry-After");
    assert_true(says(&answer, tokenstore_strerror(TOKENSTORE_ERROR_BUSY)));
    answer_free(&answer);
}

static void test_too_many_headers_are_a_failure(void **state) {
    struct answer answer;

    (void)state;
    answer_init(&answer);
    for (int i = 0; i < ANSWER_HEADERS_MAX; i++)
        answer_header(&answer, "X", "y");
    assert_false(answer.failed);
    answer_header(&answer, "X", "y");
    assert_true(answer.failed);
    answer_free(&answer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quotes_are_short_and_no_tokens),
        cmocka_unit_test(test_every_error_has_a_status),
        cmocka_unit_test(test_only_the_frank_answer_tells_all),
        cmocka_unit_test(test_a_busy_store_says_when_to_come_back),
        cmocka_unit_test(test_too_many_headers_are_a_failure),
    };

    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
