/*
 * test_decimal.c - decimal numbers: digits alone, however many there are.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/common/decimal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_number(const char *text, uint64_t most, uint64_t expected) {
    uint64_t number = 0;

    assert_true(decimal_parse(text, most, &number));
    assert_int_equal(number, expected);
}

static void test_digits_are_a_number(void **state) {
    (void)state;
    assert_number("0", 10, 0);
    assert_number("10", 10, 10);
    assert_number("007", 10, 7);
    assert_number("4294967295", UINT32_MAX, UINT32_MAX);
    assert_number("1844674407370955159", DECIMAL_MOST, DECIMAL_MOST);
}

static void test_larger_numbers_become_one_more_than_most(void **state) {
    (void)state;
    assert_number("11", 10, 11);
    assert_number("4294967296", UINT32_MAX, UINT64_C(4294967296));
    assert_number("99999999999999999999999999999999", 10, 11);
    assert_number("18446744073709551616", UINT32_MAX, UINT64_C(4294967296));
    assert_number("99999999999999999999999999", DECIMAL_MOST,
                  DECIMAL_MOST + 1);
}

static void test_any_other_text_is_refused(void **state) {
    static const char *const texts[] = {"",    " ",   "+1", "-1",
                                        "1 ",  " 1",  "1x", "0x1",
                                        "1.0", "1\n", "x",  "\xd9\xa1"};
    uint64_t number;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_false(decimal_parse(texts[i], 10, &number));
}

static void test_a_scan_stops_at_other_bytes_and_at_the_length(void **state) {
    uint64_t number;

    (void)state;
    assert_int_equal(decimal_scan("12/rotate", 9, 100, &number), 2);
    assert_int_equal(number, 12);
    assert_int_equal(decimal_scan("123", 2, 100, &number), 2);
    assert_int_equal(number, 12);
    assert_int_equal(decimal_scan("x1", 2, 100, &number), 0);
    assert_int_equal(number, 0);
    assert_int_equal(decimal_scan("1", 0, 100, &number), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digits_are_a_number),
        cmocka_unit_test(test_larger_numbers_become_one_more_than_most),
        cmocka_unit_test(test_any_other_text_is_refused),
        cmocka_unit_test(test_a_scan_stops_at_other_bytes_and_at_the_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
