/*
 * fuzz_time.c - times and durations. The input is the clock, 8 bytes, and a
 * text. A time that parses is in range, and formatted and parsed again it is
 * the same time and the same text. The calendar of libc agrees.
 */
#include "tests/fuzz/fuzz.h"

#include <time.h>

#include "tokenstore/tokenstore.h"

static void require_in_range(int64_t time) {
    REQUIRE(time >= 0 && time <= TOKENSTORE_TIME_MAX);
}

/* Compares with the calendar of libc. */
static void require_calendar(int64_t number, const char *text) {
    time_t time = (time_t)number;
    char expected[64];
    struct tm tm;

    REQUIRE(gmtime_r(&time, &tm) != NULL);
    REQUIRE(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &tm) ==
            TOKENSTORE_TIME_SIZE - 1);
    REQUIRE(strcmp(text, expected) == 0);
}

static void require_fixed_point(int64_t time, int64_t now) {
    char text[TOKENSTORE_TIME_SIZE], again[TOKENSTORE_TIME_SIZE];
    int64_t read = -1;

    REQUIRE(tokenstore_time_format(time, text) == TOKENSTORE_OK);
    require_calendar(time, text);
    REQUIRE(tokenstore_time_parse(text, now, &read) == TOKENSTORE_OK);
    REQUIRE(read == time);
    REQUIRE(tokenstore_time_format(read, again) == TOKENSTORE_OK);
    REQUIRE(strcmp(text, again) == 0);
}

static void try_duration(const char *text) {
    int64_t seconds = -1, time = -1;
    enum tokenstore_error error = tokenstore_duration_parse(text, &seconds);

    if (error != TOKENSTORE_OK) {
        REQUIRE(error == TOKENSTORE_ERROR_INVALID_TIME ||
                error == TOKENSTORE_ERROR_TIME_RANGE);
        REQUIRE(seconds == -1);
        return;
    }
    require_in_range(seconds);
    REQUIRE(tokenstore_time_parse(text, 0, &time) == TOKENSTORE_OK);
    REQUIRE(time == seconds);
}

static void try_time(const char *text, int64_t now) {
    int64_t time = -1;
    enum tokenstore_error error = tokenstore_time_parse(text, now, &time);

    if (error != TOKENSTORE_OK) {
        REQUIRE(error == TOKENSTORE_ERROR_INVALID_TIME ||
                error == TOKENSTORE_ERROR_TIME_RANGE);
        REQUIRE(time == -1);
    } else if (time == TOKENSTORE_NEVER) {
        REQUIRE(strcmp(text, "never") == 0);
    } else {
        require_in_range(time);
        require_fixed_point(time, now);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char unused[TOKENSTORE_TIME_SIZE];
    int64_t now;
    char *text;

    if (size < sizeof(now))
        return 0;
    memcpy(&now, data, sizeof(now));
    text = fuzz_text(data + sizeof(now), size - sizeof(now));
    try_duration(text);
    try_time(text, now);
    free(text);
    if (now >= 0 && now <= TOKENSTORE_TIME_MAX)
        require_fixed_point(now, now);
    else
        REQUIRE(tokenstore_time_format(now, unused) ==
                TOKENSTORE_ERROR_TIME_RANGE);
    return 0;
}
