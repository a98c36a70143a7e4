/*
 * test_report.c - tests of the lines of a report and of the limit on their
 * number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "tokenstore/values/report.h"

#define LINES_MAX 10000

static struct tokenstore_report *new_report(void) {
    struct tokenstore_report *report = report_new(LINES_MAX);

    assert_non_null(report);
    return report;
}

static void test_lines_are_kept_in_order(void **state) {
    struct tokenstore_report *report = new_report();

    (void)state;
    assert_int_equal(tokenstore_report_count(report), 0);
    report_add(report, "token %d is damaged", 7);
    report_add(report, "sound");
    assert_int_equal(tokenstore_report_count(report), 2);
    assert_string_equal(tokenstore_report_line(report, 0),
                        "token 7 is damaged");
    assert_string_equal(tokenstore_report_line(report, 1), "sound");
    assert_null(tokenstore_report_line(report, 2));
    tokenstore_report_free(&report);
    assert_null(report);
}

static void test_lines_beyond_the_limit_are_counted(void **state) {
    struct tokenstore_report *report = new_report();

    (void)state;
    for (int i = 0; i < LINES_MAX; i++)
        report_add(report, "%d", i);
    assert_int_equal(tokenstore_report_count(report), LINES_MAX);
    report_add(report, "one");
    report_add(report, "two");
    assert_int_equal(tokenstore_report_count(report), LINES_MAX + 1);
    assert_string_equal(tokenstore_report_line(report, LINES_MAX - 1), "9999");
    assert_string_equal(tokenstore_report_line(report, LINES_MAX),
                        "... and 2 lines more");
    assert_false(report_is_complete(report));
    tokenstore_report_free(&report);
}

static void test_a_report_without_a_limit_keeps_every_line(void **state) {
    struct tokenstore_report *report = report_new(SIZE_MAX);

    (void)state;
    assert_non_null(report);
    for (int i = 0; i <= 2 * LINES_MAX; i++)
        report_add(report, "%d", i);
    assert_int_equal(tokenstore_report_count(report), 2 * LINES_MAX + 1);
    assert_string_equal(tokenstore_report_line(report, 2 * LINES_MAX),
                        "20000");
    assert_true(report_is_complete(report));
    tokenstore_report_free(&report);
}

static void test_adding_to_no_report_does_nothing(void **state) {
    struct tokenstore_report *report = NULL;

    (void)state;
    report_add(NULL, "nowhere");
    tokenstore_report_free(&report);
    tokenstore_report_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_kept_in_order),
        cmocka_unit_test(test_lines_beyond_the_limit_are_counted),
        cmocka_unit_test(test_a_report_without_a_limit_keeps_every_line),
        cmocka_unit_test(test_adding_to_no_report_does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
