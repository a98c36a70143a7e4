/*
 * fuzz_log.c - how the module writes a foreign value to a log line, and what
 * is made of other text. Only plain bytes of a value are written unchanged,
 * and as much of it as fits, apart from what is masked, can be read back.
 * Other text has no control characters afterwards, is cut off where it does
 * not fit, and is not escaped twice.
 */
#include "tests/fuzz/fuzz.h"

#include "pam_accesstoken/log.h"
#include "tokenstore/tokenstore.h"

#define PLAIN                                                                 \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@._:-"

static void require_safe(const char *text) {
    char escaped[64], again[sizeof(escaped)];
    const size_t length = tokenstore_escape(text, escaped, sizeof(escaped));

    REQUIRE(length < sizeof(escaped) && strlen(escaped) == length);
    REQUIRE(length + 4 >= sizeof(escaped) || length >= strlen(text));
    for (const char *c = escaped; *c != '\0'; c++) {
        REQUIRE((unsigned char)*c >= 0x20 && *c != 0x7f);
        REQUIRE((unsigned char)*c != 0xc2 || (unsigned char)c[1] >= 0xa0);
    }
    REQUIRE(tokenstore_escape(escaped, again, sizeof(again)) == length);
    REQUIRE(strcmp(escaped, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size < LOG_INPUT_MAX ? size : LOG_INPUT_MAX);
    struct escaped escaped = log_escape(text);
    const char *read = tokenstore_mask(text);
    const char *cursor = escaped.text;
    unsigned int byte;

    REQUIRE(memchr(escaped.text, '\0', sizeof(escaped.text)) != NULL);
    while (*cursor != '\0') {
        if (strcmp(cursor, "...") == 0 && strncmp(read, "...", 4) != 0) {
            REQUIRE(cursor - escaped.text > LOG_VALUE_MAX - 4);
            break;
        }
        if (*cursor != '\\') {
            REQUIRE(strchr(PLAIN, *cursor) != NULL);
            REQUIRE(*cursor++ == *read++);
            continue;
        }
        REQUIRE(strspn(cursor + 2, "0123456789abcdef") >= 2);
        REQUIRE(sscanf(cursor, "\\x%2x", &byte) == 1);
        REQUIRE((unsigned char)*read++ == byte);
        cursor += 4;
    }
    REQUIRE(*cursor != '\0' || *read == '\0');
    require_safe(text);
    free(text);
    return 0;
}
