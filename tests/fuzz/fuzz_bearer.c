/*
 * fuzz_bearer.c - bearer tokens. The input is text to parse; it is also an id,
 * a secret, and changes to the token of these two. Text that parses is
 * formatted as exactly the same text. A token with any flipped bit parses only
 * if its checksum matches.
 */
#include "tests/fuzz/fuzz.h"

#include "tokenstore/format/bearer.h"
#include "tokenstore/format/presented.h"

#define ID_SIZE 8

/* Returns whether the text parses. If it does, its parts must be formatted as
 * the same text. */
static bool parses(const char *text, size_t length) {
    struct tokenstore_bearer again;
    struct bearer_parts parts;
    uint64_t id;

    if (bearer_parse(text, length, &parts) != TOKENSTORE_OK) {
        /* A token with blanks around it, a damaged one, or none. */
        if (tokenstore_bearer_id(text, length, &id) ==
            TOKENSTORE_ERROR_INVALID_BEARER)
            REQUIRE(!presented_holds_token(text, length));
        else
            REQUIRE(presented_holds_token(text, length));
        return false;
    }
    REQUIRE(length == TOKENSTORE_BEARER_LENGTH);
    bearer_format(&parts, &again);
    REQUIRE(memcmp(again.text, text, length) == 0);
    REQUIRE(again.text[length] == '\0');
    REQUIRE(tokenstore_bearer_id(text, length, &id) == TOKENSTORE_OK);
    REQUIRE(id == parts.id);
    return true;
}

/* Flips bits of every eighth character, for speed; inputs differ in where they
 * start. */
static void flip_bits(const struct tokenstore_bearer *bearer, size_t from) {
    struct tokenstore_bearer flipped = *bearer;

    for (size_t i = from % 8; i < TOKENSTORE_BEARER_LENGTH; i += 8)
        for (int bit = 0; bit < 8; bit++) {
            flipped.text[i] = (char)(bearer->text[i] ^ 1 << bit);
            parses(flipped.text, TOKENSTORE_BEARER_LENGTH);
            flipped.text[i] = bearer->text[i];
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bearer_parts parts = {0}, read;
    struct tokenstore_bearer bearer, changed;

    parses((const char *)data, size);
    if (size < ID_SIZE + BEARER_SECRET_SIZE)
        return 0;
    for (int i = 0; i < ID_SIZE; i++)
        parts.id = parts.id << 8 | *data++;
    memcpy(parts.secret, data, BEARER_SECRET_SIZE);
    data += BEARER_SECRET_SIZE;
    size -= ID_SIZE + BEARER_SECRET_SIZE;
    bearer_format(&parts, &bearer);
    REQUIRE(parses(bearer.text, TOKENSTORE_BEARER_LENGTH));
    REQUIRE(bearer_parse(bearer.text, TOKENSTORE_BEARER_LENGTH, &read) ==
            TOKENSTORE_OK);
    REQUIRE(read.id == parts.id);
    REQUIRE(memcmp(read.secret, parts.secret, BEARER_SECRET_SIZE) == 0);
    /* The rest of the input is pairs: an offset and a byte for it. */
    changed = bearer;
    for (size_t i = 0; i + 1 < size; i += 2)
        changed.text[data[i] % TOKENSTORE_BEARER_LENGTH] = (char)data[i + 1];
    parses(changed.text, TOKENSTORE_BEARER_LENGTH);
    flip_bits(&bearer, parts.secret[0]);
    return 0;
}
