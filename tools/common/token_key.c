/*
 * token_key.c - places in a sorted list as text: base64url (RFC 4648, section
 * 5) of "ORDER ID VALUE" or, without a value, "ORDER ID", and the first bytes
 * of a hash of it.  Anybody can make a key; it only says where to begin.
 */
#include <config.h>

#include "tools/common/token_key.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "tools/common/decimal.h"

#define SUM_SIZE 4

/* "-expires", the largest id, a text, two spaces and the NUL. */
#define PLAIN_SIZE (8 + 20 + TOKEN_PLACE_TEXT_SIZE + 2)

_Static_assert(TOKEN_KEY_SIZE >= sodium_base64_ENCODED_LEN(
                                     PLAIN_SIZE + SUM_SIZE,
                                     sodium_base64_VARIANT_URLSAFE_NO_PADDING),
               "the longest key fits");

/* Works without sodium_init(). */
static void sum(const char *plain, size_t length,
                unsigned char bytes[static SUM_SIZE]) {
    unsigned char hash[crypto_generichash_BYTES_MIN];

    crypto_generichash(hash, sizeof(hash), (const unsigned char *)plain,
                       length, NULL, 0);
    memcpy(bytes, hash, SUM_SIZE);
}

void token_key_write(const struct token_order *order,
                     const struct token_place *place,
                     char key[static TOKEN_KEY_SIZE]) {
    char plain[PLAIN_SIZE + SUM_SIZE];
    size_t length = (size_t)snprintf(plain, PLAIN_SIZE, "%s %" PRIu64,
                                     order->text, place->id);

    if (place->time != TOKENSTORE_NEVER)
        length += (size_t)snprintf(plain + length, PLAIN_SIZE - length,
                                   " %" PRId64, place->time);
    else if (place->text[0] != '\0')
        length += (size_t)snprintf(plain + length, PLAIN_SIZE - length, " %s",
                                   place->text);
    sum(plain, length, (unsigned char *)plain + length);
    sodium_bin2base64(key, TOKEN_KEY_SIZE, (const unsigned char *)plain,
                      length + SUM_SIZE,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* Decodes a key, and checks its sum.  Returns false for any other text. */
static bool decode(const char *key, char plain[static PLAIN_SIZE + SUM_SIZE]) {
    unsigned char bytes[SUM_SIZE];
    size_t length;

    if (sodium_base642bin((unsigned char *)plain, PLAIN_SIZE - 1 + SUM_SIZE,
                          key, strlen(key), NULL, &length, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        length < SUM_SIZE)
        return false;
    length -= SUM_SIZE;
    sum(plain, length, bytes);
    if (memcmp(bytes, plain + length, SUM_SIZE) != 0)
        return false;
    plain[length] = '\0';
    return strlen(plain) == length;
}

static bool read_value(const struct token_order *order, const char *text,
                       struct token_place *place) {
    uint64_t time;

    if (token_order_has_text(order) && *text != '\0' &&
        strlen(text) < sizeof(place->text)) {
        strcpy(place->text, text);
        return true;
    }
    if (!token_order_has_time(order) ||
        !decimal_parse(text, TOKENSTORE_TIME_MAX, &time) ||
        time > TOKENSTORE_TIME_MAX)
        return false;
    place->time = (int64_t)time;
    return true;
}

bool token_key_read(const struct token_order *order, const char *key,
                    struct token_place *place) {
    const size_t name_length = strlen(order->text);
    char plain[PLAIN_SIZE + SUM_SIZE];
    const char *text = plain + name_length + 1;
    size_t digits;

    place->time = TOKENSTORE_NEVER;
    place->text[0] = '\0';
    if (!decode(key, plain) || strncmp(plain, order->text, name_length) != 0 ||
        plain[name_length] != ' ')
        return false;
    digits = decimal_scan(text, strlen(text), DECIMAL_MOST, &place->id);
    text += digits;
    return digits > 0 &&
           (*text == '\0' ||
            (*text == ' ' && read_value(order, text + 1, place)));
}
