/*
 * test_number.c - tests of numbers as bytes and as digits: what is read, what
 * is refused, and that nothing wraps around.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "tokenstore/values/number.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_bytes_are_big_endian(void **state) {
    const uint8_t expected[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t bytes[8];

    (void)state;
    number_put(bytes, UINT64_C(0x0102030405060708), sizeof(bytes));
    assert_memory_equal(bytes, expected, sizeof(bytes));
    assert_int_equal(number_get(bytes, 8), UINT64_C(0x0102030405060708));
    assert_int_equal(number_get(bytes, 4), 0x01020304);
    assert_int_equal(number_get(bytes + 6, 2), 0x0708);
    assert_int_equal(number_get(bytes, 0), 0);
}

static void test_put_stores_the_lowest_bytes(void **state) {
    uint8_t bytes[4] = {9, 9, 9, 9};

    (void)state;
    number_put(bytes + 1, UINT64_C(0xffffffffff01fe), 2);
    assert_int_equal(bytes[0], 9);
    assert_int_equal(bytes[1], 0x01);
    assert_int_equal(bytes[2], 0xfe);
    assert_int_equal(bytes[3], 9);
}

static void test_parse_accepts_numbers_up_to_the_maximum(void **state) {
    static const struct {
        const char *text;
        uint64_t max, expected;
    } cases[] = {
        {"0", 0, 0},
        {"7", 7, 7},
        {"4294967295", UINT32_MAX, UINT32_MAX},
        {"18446744073709551615", UINT64_MAX, UINT64_MAX},
    };
    uint64_t number;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(number_parse(cases[i].text, cases[i].max, &number));
        assert_int_equal(number, cases[i].expected);
    }
}

static void test_parse_refuses_everything_else(void **state) {
    static const struct {
        const char *text;
        uint64_t max;
    } cases[] = {
        {"", 9},
        {"00", 9},
        {"07", 9},
        {" 7", 9},
        {"7 ", 9},
        {"+7", 9},
        {"-7", 9},
        {"0x7", 9},
        {"7a", 9},
        {"8", 7},
        {"4294967296", UINT32_MAX},
        {"18446744073709551616", UINT64_MAX},
        {"184467440737095516150", UINT64_MAX},
        {"99999999999999999999999999999999", UINT64_MAX},
    };
    uint64_t number = 42;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(number_parse(cases[i].text, cases[i].max, &number));
        assert_int_equal(number, 42);
    }
}

static void test_read_stops_after_the_digits(void **state) {
    const char *cursor = "10-0-020";
    uint64_t number;

    (void)state;
    assert_true(number_read(&cursor, 10, &number));
    assert_int_equal(number, 10);
    assert_string_equal(cursor++, "-0-020");
    assert_true(number_read(&cursor, 10, &number));
    assert_int_equal(number, 0);
    assert_string_equal(cursor++, "-020");
    assert_false(number_read(&cursor, 100, &number));
}

static void test_digits_may_begin_with_zeros(void **state) {
    const char *cursor = "00000000000000000000000012:x";
    uint64_t number;

    (void)state;
    assert_true(number_read_digits(&cursor, &number));
    assert_int_equal(number, 12);
    assert_string_equal(cursor++, ":x");
    assert_true(number_read_digits(&cursor, &number));
    assert_int_equal(number, 0);
    assert_string_equal(cursor, "x");
}

static void test_read_skips_digits_that_do_not_fit(void **state) {
    const char *cursor = "18446744073709551616d";
    uint64_t number;

    (void)state;
    assert_false(number_read_digits(&cursor, &number));
    assert_string_equal(cursor, "d");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_big_endian),
        cmocka_unit_test(test_put_stores_the_lowest_bytes),
        cmocka_unit_test(test_parse_accepts_numbers_up_to_the_maximum),
        cmocka_unit_test(test_parse_refuses_everything_else),
        cmocka_unit_test(test_read_stops_after_the_digits),
        cmocka_unit_test(test_digits_may_begin_with_zeros),
        cmocka_unit_test(test_read_skips_digits_that_do_not_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
