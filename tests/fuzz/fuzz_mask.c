/*
 * fuzz_mask.c - no text that is logged, stored as a last use or shown has more
 * of a token than its id. The input is the text around a token, whose secret
 * is made from all of the input: so the text itself cannot have a part of it.
 * The token is also cut, percent-encoded, or has another case or wrong
 * characters.
 */
#include "tests/fuzz/fuzz.h"

#include "pam_accesstoken/log.h"
#include "tokenstore/format/bearer.h"
#include "tokenstore/format/presented.h"
#include "tokenstore/format/use_slot.h"
#include "tokenstore/values/crypto.h"

#define WINDOW 8
#define PREFIX_LENGTH (sizeof(TOKENSTORE_BEARER_PREFIX) - 1)
/* Eleven characters hold the id, and two bits more. */
#define SECRET_AT (PREFIX_LENGTH + 11)

/* What is done to the token, taken from the input. */
struct change {
    uint8_t length; /* characters that are left at its end */
    uint8_t lost;   /* one character that is left out; 0: none */
    uint8_t
        encoded; /* bits: which characters are percent-encoded, how often */
    uint8_t letters; /* bits: prefix in upper case, a wrong checksum */
    uint8_t id;
};

static void make_token(const uint8_t *data, size_t size, uint8_t id,
                       struct tokenstore_bearer *bearer) {
    struct bearer_parts parts = {.id = id};
    uint8_t digest[32];

    crypto_blake2b("accesstoken-test", data, size, digest, sizeof(digest));
    memcpy(parts.secret, digest, sizeof(parts.secret));
    bearer_format(&parts, bearer);
}

static void put_character(FILE *file, char c, const struct change *change,
                          size_t index) {
    if ((change->encoded >> index % 5 & 1) == 0) {
        fputc(c, file);
        return;
    }
    fputc('%', file);
    for (int i = change->encoded >> 6; i > 1; i--)
        fputs("25", file);
    fprintf(file, "%02x", (unsigned char)c);
}

static void put_token(FILE *file, const char *token,
                      const struct change *change) {
    const size_t left = change->length % (TOKENSTORE_BEARER_LENGTH + 1);

    for (size_t i = 0; i < TOKENSTORE_BEARER_LENGTH - left; i++) {
        char c = token[i];

        if (i >= PREFIX_LENGTH && i == change->lost)
            continue;
        if ((change->letters & 1) != 0 && i < PREFIX_LENGTH && c >= 'a')
            c = (char)(c - 'a' + 'A');
        if ((change->letters & 2) != 0 && i + 1 == TOKENSTORE_BEARER_LENGTH)
            c = c == 'A' ? 'B' : 'A';
        put_character(file, c, change, i);
    }
}

/* Junk without NUL, the token, and junk again; the caller frees it. */
static char *make_text(const uint8_t *junk, size_t size, const char *token,
                       const struct change *change) {
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);

    REQUIRE(file != NULL);
    for (size_t i = 0; i < size / 2; i++)
        fputc(junk[i] != 0 ? junk[i] : ' ', file);
    put_token(file, token, change);
    for (size_t i = size / 2; i < size; i++)
        fputc(junk[i] != 0 ? junk[i] : ' ', file);
    REQUIRE(fclose(file) == 0);
    return text;
}

/* Decodes %XX and \xXX once, in place. */
static void decode(char *text) {
    char *out = text;
    unsigned int byte;

    for (; *text != '\0'; text++) {
        const size_t skip = *text == '%'                   ? 1
                            : strncmp(text, "\\x", 2) == 0 ? 2
                                                           : 0;

        if (skip > 0 && strspn(text + skip, "0123456789ABCDEFabcdef") >= 2 &&
            sscanf(text + skip, "%2x", &byte) == 1 && byte != 0) {
            *out++ = (char)byte;
            text += skip + 1;
        } else {
            *out++ = *text;
        }
    }
    *out = '\0';
}

static void require_no_window(const char *text, const char *token) {
    for (size_t at = SECRET_AT; at + WINDOW <= TOKENSTORE_BEARER_LENGTH; at++)
        REQUIRE(memmem(text, strlen(text), token + at, WINDOW) == NULL);
}

/* Neither as it is written, nor for a reader who decodes it. */
static void require_no_secret(const char *text, const char *token) {
    char *copy = strdup(text);

    REQUIRE(copy != NULL);
    for (int i = 0; i <= 4; i++) {
        require_no_window(copy, token);
        decode(copy);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tokenstore_bearer bearer;
    struct tokenstore_use use;
    struct escaped escaped;
    struct change change;
    char *text;
    size_t length;

    if (size < sizeof(change))
        return 0;
    memcpy(&change, data, sizeof(change));
    make_token(data, size, change.id, &bearer);
    text = make_text(data + sizeof(change), size - sizeof(change), bearer.text,
                     &change);
    length = strlen(text);
    escaped = log_escape(text);
    require_no_secret(escaped.text, bearer.text);
    use_slot_make(text, text, 0, &use);
    require_no_secret(use.service, bearer.text);
    require_no_secret(use.address, bearer.text);
    tokenstore_mask(text);
    require_no_secret(text, bearer.text);
    REQUIRE(strlen(text) <= length);
    free(text);
    return 0;
}
