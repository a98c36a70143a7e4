/*
 * test_text.c - tests of which text a record may hold and of what a scope
 * consists.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "tokenstore/tokenstore.h"
#include "tokenstore/values/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_printable_text_is_accepted(void **state) {
    static const char *const texts[] = {
        "",
        " ~",
        "caf\xc3\xa9",      /* 2 bytes */
        "\xc2\xa0",         /* U+00A0, the first after the C1 controls */
        "\xe2\x82\xac",     /* 3 bytes */
        "\xed\x9f\xbf",     /* U+D7FF, the last before the surrogates */
        "\xee\x80\x80",     /* U+E000, the first after the surrogates */
        "\xe2\x80\xa7",     /* U+2027, the last before the separators */
        "\xe2\x80\xaa",     /* U+202A, the first after the separators */
        "\xf0\x90\x80\x80", /* U+10000, the first of 4 bytes */
        "\xf4\x8f\xbf\xbf", /* U+10FFFF */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_true(text_is_printable(texts[i], strlen(texts[i])));
}

static void test_controls_and_line_separators_are_refused(void **state) {
    static const char *const texts[] = {
        "\x1f",     "a\nb",     "\x1b[31m",     "\x7f",
        "\xc2\x80", "\xc2\x9f", "\xe2\x80\xa8", "\xe2\x80\xa9",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_false(text_is_printable(texts[i], strlen(texts[i])));
    assert_false(text_is_printable("a\0b", 3));
}

static void test_malformed_utf8_is_refused(void **state) {
    static const char *const texts[] = {
        "\x80",             /* a continuation byte alone */
        "\xc3",             /* cut off after 1 byte of 2 */
        "\xe2\x82",         /* cut off after 2 bytes of 3 */
        "\xc3(",            /* a lead byte without its continuation */
        "\xc1\xbf",         /* overlong U+007F */
        "\xe0\x9f\xbf",     /* overlong U+07FF */
        "\xf0\x8f\xbf\xbf", /* overlong U+FFFF */
        "\xed\xa0\x80",     /* U+D800, a surrogate */
        "\xf4\x90\x80\x80", /* U+110000 */
        "\xf8\x88\x80\x80\x80",
        "\xff",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_false(text_is_printable(texts[i], strlen(texts[i])));
}

static void test_nothing_after_the_length_is_read(void **state) {
    (void)state;
    assert_true(text_is_printable("ab\n", 2));
    assert_false(text_is_printable("\xe2\x82\xac", 2));
    assert_true(text_is_scope("ab/", 2));
}

static void test_scope_accepts_its_alphabet_only(void **state) {
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789._:-";
    char one[2] = "";

    (void)state;
    assert_true(text_is_scope(alphabet, strlen(alphabet)));
    for (int c = 0; c < 256; c++) {
        one[0] = (char)c;
        assert_int_equal(text_is_scope(one, 1),
                         c != 0 && strchr(alphabet, c) != NULL);
    }
    assert_false(text_is_scope("a\0b", 3));
}

static void test_scope_has_1_to_64_bytes(void **state) {
    char text[TOKENSTORE_SCOPE_MAX + 1];

    (void)state;
    memset(text, 'a', sizeof(text));
    assert_false(text_is_scope(text, 0));
    assert_true(text_is_scope(text, 1));
    assert_true(text_is_scope(text, TOKENSTORE_SCOPE_MAX));
    assert_false(text_is_scope(text, TOKENSTORE_SCOPE_MAX + 1));
}

static void test_escaped_text_is_safe_to_show(void **state) {
    static const struct {
        const char *text, *escaped;
    } texts[] = {
        {"", ""},
        {"a b\\x1b~", "a b\\x1b~"},
        {"a\nb\t\x1b[2J\x7f", "a\\x0ab\\x09\\x1b[2J\\x7f"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x91",
         "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x91"},
        /* C1: in UTF-8 and as bytes of a terminal of 8 bits */
        {"\xc2\x80\xc2\x9b"
         "31m\xc2\x9f\xc2\xa0",
         "\\xc2\\x80\\xc2\\x9b"
         "31m\\xc2\\x9f\xc2\xa0"},
        {"\x80\x9b"
         "31m\x9f\xa0\xff",
         "\\x80\\x9b"
         "31m\\x9f\\xa0\\xff"},
        {"\xc3\xc2\x9b", "\\xc3\\xc2\\x9b"},
        {"\xe2\x82", "\\xe2\\x82"},
        /* line separators and changes of direction */
        {"\xe2\x80\xa8\xe2\x80\xaf", "\\xe2\\x80\\xa8\xe2\x80\xaf"},
        {"a\xe2\x80\xae"
         "b",
         "a\\xe2\\x80\\xae"
         "b"},
        {"\xe2\x81\xa6\xe2\x81\xa9", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"},
        {"\xe2\x80\x8e\xd8\x9c", "\\xe2\\x80\\x8e\\xd8\\x9c"},
    };
    char escaped[64];

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_int_equal(
            tokenstore_escape(texts[i].text, escaped, sizeof(escaped)),
            strlen(texts[i].escaped));
        assert_string_equal(escaped, texts[i].escaped);
    }
}

/* Nothing is cut in two, and the end is a NUL. */
static void test_escaped_text_is_cut_off_whole(void **state) {
    static const size_t lengths[] = {0, 0, 1, 1, 1, 1, 5, 5, 7, 7};
    char escaped[16];

    (void)state;
    for (size_t size = 1; size < COUNT(lengths); size++) {
        memset(escaped, 'x', sizeof(escaped));
        assert_int_equal(tokenstore_escape("a\n\xc3\xa9\n", escaped, size),
                         lengths[size]);
        assert_int_equal(strlen(escaped), lengths[size]);
        assert_int_equal(escaped[size], 'x');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printable_text_is_accepted),
        cmocka_unit_test(test_controls_and_line_separators_are_refused),
        cmocka_unit_test(test_malformed_utf8_is_refused),
        cmocka_unit_test(test_nothing_after_the_length_is_read),
        cmocka_unit_test(test_scope_accepts_its_alphabet_only),
        cmocka_unit_test(test_scope_has_1_to_64_bytes),
        cmocka_unit_test(test_escaped_text_is_safe_to_show),
        cmocka_unit_test(test_escaped_text_is_cut_off_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
