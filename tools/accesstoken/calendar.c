/*
 * calendar.c - shift times by calendar months.
 */
#include <config.h>

#include "tools/accesstoken/calendar.h"

#include <string.h>
#include <time.h>

#include "tools/common/decimal.h"

#define MONTHS_MAX (12 * 9999)

bool calendar_parse(const char *text, int *months) {
    uint64_t number;
    const char *unit =
        text + decimal_scan(text, strlen(text), MONTHS_MAX, &number);

    if (unit == text)
        return false;
    if (strcmp(unit, "y") == 0 && number <= MONTHS_MAX)
        number *= 12;
    else if (strcmp(unit, "y") != 0 && strcmp(unit, "mo") != 0)
        return false;
    *months = number <= MONTHS_MAX ? (int)number : MONTHS_MAX;
    return true;
}

static int last_day(int year, int month) {
    struct tm date = {.tm_year = year, .tm_mon = month + 1, .tm_mday = 0};

    timegm(&date); /* the day before the first of the next month */
    return date.tm_mday;
}

enum tokenstore_error calendar_shift(int64_t from, int months, int64_t *to) {
    const time_t start = (time_t)from;
    struct tm date;
    int month;

    if (from < 0 || from > TOKENSTORE_TIME_MAX ||
        gmtime_r(&start, &date) == NULL)
        return TOKENSTORE_ERROR_TIME_RANGE;
    month = 12 * date.tm_year + date.tm_mon + months;
    if (month < 12 * 70) {
        *to = 0;
        return TOKENSTORE_OK;
    }
    date.tm_year = month / 12;
    date.tm_mon = month % 12;
    if (date.tm_mday > last_day(date.tm_year, date.tm_mon))
        date.tm_mday = last_day(date.tm_year, date.tm_mon);
    *to = timegm(&date);
    return *to <= TOKENSTORE_TIME_MAX ? TOKENSTORE_OK
                                      : TOKENSTORE_ERROR_TIME_RANGE;
}
