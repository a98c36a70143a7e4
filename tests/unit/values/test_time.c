/*
 * test_time.c - tests of times and durations: what is accepted, what it
 * means, and that the machine's clock, time zone and locale never matter.
 * Expected values come from GNU date.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tokenstore/tokenstore.h"

#define NOW INT64_C(1800000000)
#define UNTOUCHED INT64_C(-77)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct accepted {
    const char *text;
    int64_t time;
};

static void assert_time(const char *text, int64_t now, int64_t expected) {
    int64_t time = UNTOUCHED;
    enum tokenstore_error error = tokenstore_time_parse(text, now, &time);

    if (error != TOKENSTORE_OK || time != expected)
        fail_msg("\"%s\": error %d, time %lld, expected %lld", text, error,
                 (long long)time, (long long)expected);
}

/* Asserts that the text is refused with the expected error and that the
 * output is not changed. */
static void assert_refused(const char *text, int64_t now,
                           enum tokenstore_error expected) {
    int64_t time = UNTOUCHED;
    enum tokenstore_error error = tokenstore_time_parse(text, now, &time);

    if (error != expected || time != UNTOUCHED)
        fail_msg("\"%s\": error %d, time %lld, expected error %d", text, error,
                 (long long)time, expected);
}

static void assert_accepted(const struct accepted *table, size_t count) {
    for (size_t i = 0; i < count; i++)
        assert_time(table[i].text, NOW, table[i].time);
}

static void assert_all_invalid(const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++)
        assert_refused(texts[i], NOW, TOKENSTORE_ERROR_INVALID_TIME);
}

static void test_time_accepts_rfc3339(void **state) {
    static const struct accepted table[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1985-04-12T23:20:50Z", 482196050},
        {"1996-12-19T16:39:57-08:00", 851042397},
        {"2000-02-29T12:34:56Z", 951827696},
        {"2024-02-29T23:59:59Z", 1709251199},
        {"2027-01-31T00:00:00Z", 1801353600},
        {"2038-01-19T03:14:08Z", 2147483648},
        {"2100-02-28T23:59:59Z", 4107542399},
        {"2100-03-01T00:00:00Z", 4107542400},
        {"2400-02-29T00:00:00Z", 13574563200},
        {"9999-12-31T23:59:59Z", 253402300799},
    };

    (void)state;
    assert_accepted(table, COUNT(table));
}

static void test_time_applies_any_offset(void **state) {
    static const struct accepted table[] = {
        {"2027-01-31T01:30:00+05:30", 1801339200},
        {"2027-01-31T00:00:00-12:45", 1801399500},
        {"2027-01-31T00:00:00+00:00", 1801353600},
        {"2027-01-31T00:00:00-00:00", 1801353600},
        {"1969-12-31T23:30:00-01:00", 1800},
        {"9999-12-31T23:59:58+23:59", 253402214458},
        {"9999-12-31T00:00:00-23:59", 253402300740},
    };

    (void)state;
    assert_accepted(table, COUNT(table));
}

static void test_time_accepts_lower_case_t_and_z(void **state) {
    (void)state;
    assert_time("2027-01-31t00:00:00z", NOW, 1801353600);
}

static void test_time_ignores_fractions_of_seconds(void **state) {
    static const struct accepted table[] = {
        {"2027-01-31T00:00:00.0Z", 1801353600},
        {"2027-01-31T00:00:00.999999999999999999999999Z", 1801353600},
        {"2027-01-31T01:30:00.5+05:30", 1801339200},
        {"9999-12-31T23:59:59.9Z", 253402300799},
    };
    static const char *const invalid[] = {
        "2027-01-31T00:00:00.Z",
        "2027-01-31T00:00:00,5Z",
        "2027-01-31T00:00:00.5",
    };

    (void)state;
    assert_accepted(table, COUNT(table));
    assert_all_invalid(invalid, COUNT(invalid));
}

static void test_time_reads_a_date_as_midnight_utc(void **state) {
    static const struct accepted table[] = {
        {"1970-01-01", 0},
        {"2027-01-31", 1801353600},
        {"2400-02-29", 13574563200},
    };

    (void)state;
    assert_accepted(table, COUNT(table));
}

static void test_time_reads_a_leap_second_as_the_next_second(void **state) {
    static const struct accepted table[] = {
        {"1990-12-31T23:59:60Z", 662688000},
        {"1990-12-31T15:59:60-08:00", 662688000},
        {"2015-06-30T23:59:60.5Z", 1435708800},
        {"2017-01-01T05:29:60+05:30", 1483228800},
    };

    (void)state;
    assert_accepted(table, COUNT(table));
}

static void test_time_rejects_second_60_elsewhere(void **state) {
    static const char *const invalid[] = {
        "2027-01-31T23:59:60Z",      "2016-12-31T23:58:60Z",
        "2016-12-31T22:59:60Z",      "2016-12-30T23:59:60Z",
        "2016-12-31T23:59:60+01:00", "2016-09-30T23:59:60Z",
        "2016-12-31T23:59:61Z",      "1960-12-31T23:59:60Z",
    };

    (void)state;
    assert_all_invalid(invalid, COUNT(invalid));
}

static void test_time_rejects_dates_that_do_not_exist(void **state) {
    static const char *const invalid[] = {
        "2027-13-01", "2027-00-01", "2027-01-00", "2027-01-32",
        "2027-02-29", "2100-02-29", "2024-02-30", "2027-04-31",
        "2027-06-31", "2027-09-31", "2027-11-31", "2027-12-32",
    };

    (void)state;
    assert_all_invalid(invalid, COUNT(invalid));
}

static void test_time_rejects_times_of_day_that_do_not_exist(void **state) {
    static const char *const invalid[] = {
        "2027-01-31T24:00:00Z",      "2027-01-31T00:60:00Z",
        "2027-01-31T00:00:61Z",      "2027-01-31T00:00:00+24:00",
        "2027-01-31T00:00:00+00:60", "2027-01-31T00:00:00-24:00",
    };

    (void)state;
    assert_all_invalid(invalid, COUNT(invalid));
}

static void test_time_rejects_other_text(void **state) {
    static const char *const invalid[] = {
        "",
        " ",
        "2027",
        "2027-01",
        "2027-1-31",
        "2027/01/31",
        "20270131",
        "+2027-01-31",
        "-2027-01-31",
        "12027-01-31",
        "2027-01-31T",
        "2027-01-31Z",
        "2027-01-31 00:00:00Z",
        "2027-01-31T00:00Z",
        "2027-01-31T0:00:00Z",
        "2027-01-31T00:00:00",
        "2027-01-31T00:00:00+0530",
        "2027-01-31T00:00:00+05",
        "2027-01-31T00:00:00+5:30",
        "2027-01-31T00:00:00 Z",
        "2027-01-31T00:00:00Z ",
        " 2027-01-31T00:00:00Z",
        "2027-01-31T00:00:00ZZ",
        "2027-01-31T00:00:00UTC",
        "2027-01-31T+1:00:00Z",
        "2027-01-31T00:-1:00Z",
        "2027-0x-31",
        "tomorrow",
        "Never",
        "never ",
    };

    (void)state;
    assert_all_invalid(invalid, COUNT(invalid));
    assert_refused(NULL, NOW, TOKENSTORE_ERROR_INVALID_TIME);
}

static void test_time_rejects_before_1970_and_beyond_9999(void **state) {
    static const char *const outside[] = {
        "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01",
        "0000-01-01T00:00:00Z", "0000-02-29",
        "1969-12-31",           "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(outside); i++)
        assert_refused(outside[i], NOW, TOKENSTORE_ERROR_TIME_RANGE);
}

static void test_time_never_is_later_than_every_time(void **state) {
    (void)state;
    assert_time("never", NOW, TOKENSTORE_NEVER);
    assert_true(TOKENSTORE_NEVER > TOKENSTORE_TIME_MAX);
}

static void test_time_counts_durations_from_now(void **state) {
    static const struct accepted table[] = {
        {"0s", NOW},
        {"30s", NOW + 30},
        {"45m", NOW + 2700},
        {"12h", NOW + 43200},
        {"90d", NOW + 7776000},
        {"2w", NOW + 1209600},
        {"007d", NOW + 604800},
    };

    (void)state;
    assert_accepted(table, COUNT(table));
}

static void test_time_refuses_a_duration_that_leaves_the_range(void **state) {
    (void)state;
    assert_time("1s", TOKENSTORE_TIME_MAX - 1, TOKENSTORE_TIME_MAX);
    assert_refused("1s", TOKENSTORE_TIME_MAX, TOKENSTORE_ERROR_TIME_RANGE);
    assert_refused("1s", INT64_MAX, TOKENSTORE_ERROR_TIME_RANGE);
    assert_refused("1s", -2, TOKENSTORE_ERROR_TIME_RANGE);
    assert_refused("9223372036854775808s", NOW, TOKENSTORE_ERROR_TIME_RANGE);
}

static void test_duration_accepts_each_unit(void **state) {
    static const struct accepted table[] = {
        {"0w", 0},     {"1s", 1},          {"1m", 60},
        {"1h", 3600},  {"1d", 86400},      {"1w", 604800},
        {"45m", 2700}, {"365d", 31536000}, {"253402300799s", 253402300799},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        int64_t seconds = UNTOUCHED;

        assert_int_equal(tokenstore_duration_parse(table[i].text, &seconds),
                         TOKENSTORE_OK);
        assert_true(seconds == table[i].time);
    }
}

static void test_duration_rejects_malformed_text(void **state) {
    static const char *const invalid[] = {
        "",    "d",   "90",   "90D", "9 d",  " 9d",  "9d ",  "-1d",
        "+1d", "1dd", "1d1h", "1y",  "1.5h", "0x1d", "1e3s", "never",
    };
    int64_t seconds = UNTOUCHED;

    (void)state;
    for (size_t i = 0; i < COUNT(invalid); i++) {
        if (tokenstore_duration_parse(invalid[i], &seconds) !=
            TOKENSTORE_ERROR_INVALID_TIME)
            fail_msg("\"%s\" was not refused", invalid[i]);
    }
    assert_int_equal(tokenstore_duration_parse(NULL, &seconds),
                     TOKENSTORE_ERROR_INVALID_TIME);
    assert_true(seconds == UNTOUCHED);
}

static void test_duration_format_writes_what_parse_reads(void **state) {
    static const struct {
        int64_t seconds;
        const char *text;
    } table[] = {
        {0, "0d"},
        {1, "1s"},
        {59, "59s"},
        {60, "1m"},
        {90, "90s"},
        {3600, "1h"},
        {5400, "90m"},
        {86400, "1d"},
        {129600, "36h"},
        {604800, "7d"},
        {31536000, "365d"},
        {86401, "86401s"},
        {INT64_MAX, "9223372036854775807s"},
    };
    char text[TOKENSTORE_DURATION_SIZE] = "untouched";
    int64_t seconds;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(tokenstore_duration_format(table[i].seconds, text),
                         TOKENSTORE_OK);
        assert_string_equal(text, table[i].text);
        if (table[i].seconds <= TOKENSTORE_TIME_MAX) {
            assert_int_equal(tokenstore_duration_parse(text, &seconds),
                             TOKENSTORE_OK);
            assert_int_equal(seconds, table[i].seconds);
        }
    }
    assert_int_equal(tokenstore_duration_format(-1, text),
                     TOKENSTORE_ERROR_TIME_RANGE);
    assert_string_equal(text, "9223372036854775807s");
}

/* Without a check, each would wrap to a small or negative number. */
static void test_duration_refuses_overflow(void **state) {
    static const char *const outside[] = {
        "253402300800s",
        "9223372036854775807s",
        "9223372036854775808s",
        "18446744073709551617s",
        "30500568904944w",
        "15250284452471w",
        "99999999999999999999999999999999999999999999d",
    };
    int64_t seconds = UNTOUCHED;

    (void)state;
    for (size_t i = 0; i < COUNT(outside); i++) {
        if (tokenstore_duration_parse(outside[i], &seconds) !=
            TOKENSTORE_ERROR_TIME_RANGE)
            fail_msg("\"%s\" was not refused", outside[i]);
    }
    assert_true(seconds == UNTOUCHED);
}

static void test_format_writes_utc_whole_seconds(void **state) {
    static const struct accepted table[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2000-02-29T12:34:56Z", 951827696},
        {"2100-02-28T23:59:59Z", 4107542399},
        {"2100-03-01T00:00:00Z", 4107542400},
        {"9999-12-31T23:59:59Z", TOKENSTORE_TIME_MAX},
    };
    char text[TOKENSTORE_TIME_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        assert_int_equal(tokenstore_time_format(table[i].time, text),
                         TOKENSTORE_OK);
        assert_string_equal(text, table[i].text);
    }
}

static void test_format_refuses_times_out_of_range(void **state) {
    static const int64_t outside[] = {-1, INT64_MIN, TOKENSTORE_TIME_MAX + 1,
                                      TOKENSTORE_NEVER};
    char text[TOKENSTORE_TIME_SIZE] = "untouched";

    (void)state;
    for (size_t i = 0; i < COUNT(outside); i++)
        assert_int_equal(tokenstore_time_format(outside[i], text),
                         TOKENSTORE_ERROR_TIME_RANGE);
    assert_string_equal(text, "untouched");
}

/* Compares parsing and formatting with the calendar of libc, about every
 * seventh day of the 8030 years, at changing times of day. */
static void test_calendar_agrees_with_libc(void **state) {
    const int64_t step = INT64_C(7) * 86400 + 4321;
    char text[TOKENSTORE_TIME_SIZE], expected[TOKENSTORE_TIME_SIZE];

    (void)state;
    for (int64_t time = 0; time <= TOKENSTORE_TIME_MAX; time += step) {
        time_t libc_time = (time_t)time;
        struct tm tm;

        assert_non_null(gmtime_r(&libc_time, &tm));
        assert_int_equal(
            strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &tm),
            TOKENSTORE_TIME_SIZE - 1);
        assert_int_equal(tokenstore_time_format(time, text), TOKENSTORE_OK);
        if (strcmp(text, expected) != 0)
            fail_msg("%lld: %s, expected %s", (long long)time, text, expected);
        assert_time(text, NOW, time);
    }
}

static void test_time_ignores_the_time_zone(void **state) {
    char text[TOKENSTORE_TIME_SIZE];

    (void)state;
    assert_int_equal(setenv("TZ", "XXX-11:30", 1), 0);
    tzset();
    assert_time("2027-01-31", NOW, 1801353600);
    assert_time("2027-01-31T00:00:00Z", NOW, 1801353600);
    assert_int_equal(tokenstore_time_format(1801353600, text), TOKENSTORE_OK);
    assert_string_equal(text, "2027-01-31T00:00:00Z");
    assert_int_equal(unsetenv("TZ"), 0);
    tzset();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_accepts_rfc3339),
        cmocka_unit_test(test_time_applies_any_offset),
        cmocka_unit_test(test_time_accepts_lower_case_t_and_z),
        cmocka_unit_test(test_time_ignores_fractions_of_seconds),
        cmocka_unit_test(test_time_reads_a_date_as_midnight_utc),
        cmocka_unit_test(test_time_reads_a_leap_second_as_the_next_second),
        cmocka_unit_test(test_time_rejects_second_60_elsewhere),
        cmocka_unit_test(test_time_rejects_dates_that_do_not_exist),
        cmocka_unit_test(test_time_rejects_times_of_day_that_do_not_exist),
        cmocka_unit_test(test_time_rejects_other_text),
        cmocka_unit_test(test_time_rejects_before_1970_and_beyond_9999),
        cmocka_unit_test(test_time_never_is_later_than_every_time),
        cmocka_unit_test(test_time_counts_durations_from_now),
        cmocka_unit_test(test_time_refuses_a_duration_that_leaves_the_range),
        cmocka_unit_test(test_duration_accepts_each_unit),
        cmocka_unit_test(test_duration_rejects_malformed_text),
        cmocka_unit_test(test_duration_refuses_overflow),
        cmocka_unit_test(test_duration_format_writes_what_parse_reads),
        cmocka_unit_test(test_format_writes_utc_whole_seconds),
        cmocka_unit_test(test_format_refuses_times_out_of_range),
        cmocka_unit_test(test_calendar_agrees_with_libc),
        cmocka_unit_test(test_time_ignores_the_time_zone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
