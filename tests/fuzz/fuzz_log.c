/*
 * fuzz_log.c - how the module writes a foreign value to a log line. Only plain
 * bytes of the input are written unchanged, and as much of the input as fits
 * can be read back.
 */
#include "tests/fuzz/fuzz.h"

#include "pam_accesstoken/log.h"

#define PLAIN                                                                 \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@._:-"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    const char *read = text;
    struct escaped escaped = log_escape(text);
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
    free(text);
    return 0;
}
