/*
 * fuzz_bearer.c - bearer tokens.  The input is text to parse; and it is an
 * id, a secret, and changes to the token that these two make.  Whatever
 * parses is written again to the very same text; a token with any bit
 * flipped parses only where its checksum agrees.
 */
#include "tests/fuzz/fuzz.h"

#include "tokenstore/format/bearer.h"

#define ID_SIZE 8

/* Does it parse?  If so it has to be what its own parts are written as. */
static bool parses(const char *text, size_t length) {
    struct tokenstore_bearer again;
    struct bearer_parts parts;
    uint64_t id;

    if (bearer_parse(text, length, &parts) != TOKENSTORE_OK) {
        REQUIRE(tokenstore_bearer_id(text, length, &id) ==
                TOKENSTORE_ERROR_INVALID_BEARER);
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

/* Of every eighth character, for speed; inputs differ in where they begin. */
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
    /* A place and a byte for it. */
    changed = bearer;
    for (; size >= 2; size -= 2, data += 2)
        changed.text[data[0] % TOKENSTORE_BEARER_LENGTH] = (char)data[1];
    parses(changed.text, TOKENSTORE_BEARER_LENGTH);
    flip_bits(&bearer, parts.secret[0]);
    return 0;
}
