/*
 * test_error.c - tests of the fixed texts: errors, reasons, version, default
 * path.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tokenstore/tokenstore.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Each error has a text of its own: one line without a full stop. */
static void test_strerror_has_a_text_for_each_error(void **state) {
    const char *unknown = tokenstore_strerror((enum tokenstore_error)9999);

    (void)state;
    assert_non_null(unknown);
    for (int i = 0; i <= TOKENSTORE_ERROR_FORBIDDEN; i++) {
        const char *text = tokenstore_strerror((enum tokenstore_error)i);

        assert_non_null(text);
        assert_true(strlen(text) > 0);
        assert_null(strchr(text, '\n'));
        assert_int_not_equal(text[strlen(text) - 1], '.');
        assert_string_not_equal(text, unknown);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(
                text, tokenstore_strerror((enum tokenstore_error)j));
    }
}

static void test_reason_names_are_the_words_for_logs(void **state) {
    static const char *const names[] = {
        "none", "unknown", "secret",  "disabled", "expired",
        "user", "scope",   "network", "invalid",  "malformed"};

    (void)state;
    assert_int_equal(COUNT(names), TOKENSTORE_REASON_MALFORMED + 1);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(tokenstore_reason_name((enum tokenstore_reason)i),
                            names[i]);
    assert_non_null(tokenstore_reason_name((enum tokenstore_reason)9999));
}

static void test_version_and_default_path_are_as_configured(void **state) {
    (void)state;
    assert_string_equal(tokenstore_version(), PACKAGE_VERSION);
    assert_string_equal(tokenstore_default_path(), STATEDIR "/tokens.tdb");
    assert_int_equal(tokenstore_default_path()[0], '/');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strerror_has_a_text_for_each_error),
        cmocka_unit_test(test_reason_names_are_the_words_for_logs),
        cmocka_unit_test(test_version_and_default_path_are_as_configured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
