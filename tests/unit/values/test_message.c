/*
 * test_message.c - tests of the sentence that says what went wrong, and of
 * the error for each errno.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tokenstore/values/message.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_set_writes_the_sentence_and_returns_the_error(void **state) {
    struct message message = {"old"};

    (void)state;
    assert_int_equal(
        message_set(&message, TOKENSTORE_ERROR_BUSY, "%s: %d", "/path", 7),
        TOKENSTORE_ERROR_BUSY);
    assert_string_equal(message.text, "/path: 7");
}

static void test_long_sentence_is_cut_off(void **state) {
    char text[2 * TOKENSTORE_MESSAGE_SIZE];
    struct message message;

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    message_set(&message, TOKENSTORE_ERROR_IO, "%s", text);
    assert_int_equal(strlen(message.text), sizeof(message.text) - 1);
}

static void test_each_errno_has_its_error(void **state) {
    static const struct {
        int code;
        enum tokenstore_error error;
    } cases[] = {
        {ENOENT, TOKENSTORE_ERROR_MISSING},
        {EACCES, TOKENSTORE_ERROR_PERMISSION},
        {EPERM, TOKENSTORE_ERROR_PERMISSION},
        {ENOMEM, TOKENSTORE_ERROR_NO_MEMORY},
        {ENOTDIR, TOKENSTORE_ERROR_UNSAFE},
        {ELOOP, TOKENSTORE_ERROR_UNSAFE},
        {EIO, TOKENSTORE_ERROR_UNAVAILABLE},
        {EMFILE, TOKENSTORE_ERROR_UNAVAILABLE},
        {0, TOKENSTORE_ERROR_UNAVAILABLE},
    };
    struct message message;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(
            message_set_errno(&message, cases[i].code, "/path", "open"),
            cases[i].error);
        assert_memory_equal(message.text, "/path: open: ", 13);
        assert_string_equal(message.text + 13, strerror(cases[i].code));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_writes_the_sentence_and_returns_the_error),
        cmocka_unit_test(test_long_sentence_is_cut_off),
        cmocka_unit_test(test_each_errno_has_its_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
