/*
 * time.c - times as people and programs write them: RFC 3339, a date, a
 * duration, "never"; and back.  Pure: no clock, no locale, no time zone (and
 * so none of libc's time functions, which read TZ and take locks).
 *
 * The calendar is the proleptic Gregorian one and a day has 86400 seconds, as
 * in POSIX.  A leap second is accepted only where RFC 3339 allows one, at
 * 23:59:60 UTC on 30 June or 31 December, and is the second that follows it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tokenstore/tokenstore.h"
#include "tokenstore/values/number.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)

struct civil {
    int year; /* 0..9999 */
    int month;
    int day;
};

static bool is_leap_year(int year) {
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap_year(year) ? 1 : 0);
}

/* Days from 0001-01-01 to the first of the year.  The result for the year 0 is
 * a day late, which does not matter: all of it is out of range. */
static int64_t days_before_year(int year) {
    int past = year - 1;

    return INT64_C(365) * past + past / 4 - past / 100 + past / 400;
}

/* Days from 1970-01-01 to the first of the year. */
static int64_t year_start(int year) {
    return days_before_year(year) - days_before_year(1970);
}

static int64_t days_from_civil(const struct civil *date) {
    int64_t days = year_start(date->year) + date->day - 1;

    for (int month = 1; month < date->month; month++)
        days += days_in_month(date->year, month);
    return days;
}

/* The inverse of days_from_civil(), for days in 1970..9999. */
static void civil_from_days(int64_t days, struct civil *date) {
    /* Begin too early rather than too late: a year has 366 days at most. */
    date->year = 1970 + (int)(days / 366);
    while (year_start(date->year + 1) <= days)
        date->year++;
    days -= year_start(date->year);

    date->month = 1;
    while (days >= days_in_month(date->year, date->month))
        days -= days_in_month(date->year, date->month++);
    date->day = (int)days + 1;
}

/* Each read_ function moves the cursor past what it reads, or fails. */

static bool read_char(const char **cursor, char expected) {
    if (**cursor != expected)
        return false;
    (*cursor)++;
    return true;
}

/* Exactly so many digits, with a value in range. */
static bool read_number(const char **cursor, int digits, int min, int max,
                        int *value) {
    const char *start = *cursor;
    uint64_t number;

    if (!number_read_digits(cursor, &number) || *cursor - start != digits)
        return false;
    *value = (int)number; /* 4 digits at most */
    return *value >= min && *value <= max;
}

static bool read_date(const char **cursor, struct civil *date) {
    return read_number(cursor, 4, 0, 9999, &date->year) &&
           read_char(cursor, '-') &&
           read_number(cursor, 2, 1, 12, &date->month) &&
           read_char(cursor, '-') &&
           read_number(cursor, 2, 1, days_in_month(date->year, date->month),
                       &date->day);
}

/* Read "T", hours, minutes, seconds (60 is judged later) and a fraction, if
 * any, which is dropped.  The result is in seconds of the day. */
static bool read_time_of_day(const char **cursor, int *seconds) {
    int hour, minute, second;

    if (!read_char(cursor, 'T') && !read_char(cursor, 't'))
        return false;
    if (!read_number(cursor, 2, 0, 23, &hour) || !read_char(cursor, ':') ||
        !read_number(cursor, 2, 0, 59, &minute) || !read_char(cursor, ':') ||
        !read_number(cursor, 2, 0, 60, &second))
        return false;
    *seconds = hour * HOUR + minute * MINUTE + second;

    if (read_char(cursor, '.')) {
        size_t digits = strspn(*cursor, "0123456789");

        if (digits == 0)
            return false;
        *cursor += digits;
    }
    return true;
}

/* Read "Z" or "+hh:mm" or "-hh:mm"; the result is in seconds east of UTC.
 * "-00:00" (UTC, and the local time is not known) is UTC here. */
static bool read_offset(const char **cursor, int *east) {
    int sign = 1, hour, minute;

    if (read_char(cursor, 'Z') || read_char(cursor, 'z')) {
        *east = 0;
        return true;
    }
    if (read_char(cursor, '-'))
        sign = -1;
    else if (!read_char(cursor, '+'))
        return false;
    if (!read_number(cursor, 2, 0, 23, &hour) || !read_char(cursor, ':') ||
        !read_number(cursor, 2, 0, 59, &minute))
        return false;
    *east = sign * (hour * HOUR + minute * MINUTE);
    return true;
}

/* Can the second before this time, in UTC, be 23:59:60?  Only if this is the
 * first moment of a January or a July. */
static bool follows_leap_second(int64_t time) {
    struct civil date;

    if (time < 0)
        return false;
    civil_from_days(time / DAY, &date);
    return time % DAY == 0 && date.day == 1 &&
           (date.month == 1 || date.month == 7);
}

/* RFC 3339, or a date alone. */
static enum tokenstore_error parse_point(const char *text, int64_t *time) {
    const char *cursor = text;
    struct civil date;
    int seconds = 0, east = 0;
    bool leap = false;
    int64_t point;

    if (!read_date(&cursor, &date))
        return TOKENSTORE_ERROR_INVALID_TIME;
    if (*cursor != '\0') {
        if (!read_time_of_day(&cursor, &seconds) ||
            !read_offset(&cursor, &east) || *cursor != '\0')
            return TOKENSTORE_ERROR_INVALID_TIME;
        /* The seconds of "....-..-..T..:..:60" are at a fixed place. */
        leap = memcmp(text + 17, "60", 2) == 0;
    }

    point = days_from_civil(&date) * DAY + seconds - east;
    if (leap && !follows_leap_second(point))
        return TOKENSTORE_ERROR_INVALID_TIME;
    if (point < 0 || point > TOKENSTORE_TIME_MAX)
        return TOKENSTORE_ERROR_TIME_RANGE;
    *time = point;
    return TOKENSTORE_OK;
}

enum tokenstore_error tokenstore_duration_parse(const char *text,
                                                int64_t *seconds) {
    static const char units[] = "smhdw";
    static const int lengths[] = {1, MINUTE, HOUR, DAY, WEEK};
    const char *cursor = text;
    const char *unit;
    uint64_t count;
    int64_t number;
    bool overflow;

    if (text == NULL)
        return TOKENSTORE_ERROR_INVALID_TIME;
    overflow = !number_read_digits(&cursor, &count);
    if (cursor == text || *cursor == '\0' || cursor[1] != '\0')
        return TOKENSTORE_ERROR_INVALID_TIME;
    unit = strchr(units, *cursor);
    if (unit == NULL)
        return TOKENSTORE_ERROR_INVALID_TIME;
    overflow |= __builtin_mul_overflow(count, lengths[unit - units], &number);
    /* A well-formed duration, but one that leads past the last time. */
    if (overflow || number > TOKENSTORE_TIME_MAX)
        return TOKENSTORE_ERROR_TIME_RANGE;
    *seconds = number;
    return TOKENSTORE_OK;
}

enum tokenstore_error tokenstore_time_parse(const char *text, int64_t now,
                                            int64_t *time) {
    enum tokenstore_error error;
    int64_t seconds, point;

    if (text == NULL)
        return TOKENSTORE_ERROR_INVALID_TIME;
    if (strcmp(text, "never") == 0) {
        *time = TOKENSTORE_NEVER;
        return TOKENSTORE_OK;
    }
    error = tokenstore_duration_parse(text, &seconds);
    if (error == TOKENSTORE_ERROR_INVALID_TIME)
        return parse_point(text, time);
    if (error != TOKENSTORE_OK)
        return error;
    if (__builtin_add_overflow(now, seconds, &point) || point < 0 ||
        point > TOKENSTORE_TIME_MAX)
        return TOKENSTORE_ERROR_TIME_RANGE;
    *time = point;
    return TOKENSTORE_OK;
}

enum tokenstore_error
tokenstore_duration_format(int64_t seconds,
                           char text[TOKENSTORE_DURATION_SIZE]) {
    static const struct {
        int64_t length;
        char letter;
    } units[] = {{DAY, 'd'}, {HOUR, 'h'}, {MINUTE, 'm'}, {1, 's'}};
    size_t i = 0;

    if (seconds < 0)
        return TOKENSTORE_ERROR_TIME_RANGE;
    while (seconds % units[i].length != 0)
        i++;
    snprintf(text, TOKENSTORE_DURATION_SIZE, "%" PRId64 "%c",
             seconds / units[i].length, units[i].letter);
    return TOKENSTORE_OK;
}

/* Write the number with so many digits, then the next character; returns the
 * place after it. */
static char *put_number(char *out, int64_t number, int digits, char next) {
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = (char)('0' + number % 10);
        number /= 10;
    }
    out[digits] = next;
    return out + digits + 1;
}

enum tokenstore_error tokenstore_time_format(int64_t time,
                                             char text[TOKENSTORE_TIME_SIZE]) {
    struct civil date;
    int64_t seconds;
    char *out = text;

    if (time < 0 || time > TOKENSTORE_TIME_MAX)
        return TOKENSTORE_ERROR_TIME_RANGE;
    civil_from_days(time / DAY, &date);
    seconds = time % DAY;
    out = put_number(out, date.year, 4, '-');
    out = put_number(out, date.month, 2, '-');
    out = put_number(out, date.day, 2, 'T');
    out = put_number(out, seconds / HOUR, 2, ':');
    out = put_number(out, seconds / MINUTE % 60, 2, ':');
    out = put_number(out, seconds % 60, 2, 'Z');
    *out = '\0';
    return TOKENSTORE_OK;
}
