/*
 * test_bearer.c - tests of bearer tokens: the golden vectors, which were
 * computed without this library, and every way in which a text can be wrong.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/golden/golden.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PREFIX_LENGTH (sizeof(TOKENSTORE_BEARER_PREFIX) - 1)
#define VECTORS_MAX 32

static struct golden_bearer vectors[VECTORS_MAX];
static size_t vector_count;

static int read_vectors(void **state) {
    (void)state;
    vector_count = golden_read_bearers(vectors, VECTORS_MAX);
    return vector_count >= 10 ? 0 : -1;
}

static const char *valid(void) { return vectors[0].text; }

static void assert_refused(const char *text, size_t length) {
    struct bearer_parts parts;
    struct bearer_parts before;

    memset(&parts, 0x5a, sizeof(parts));
    memcpy(&before, &parts, sizeof(parts));
    if (bearer_parse(text, length, &parts) != TOKENSTORE_ERROR_INVALID_BEARER)
        fail_msg("accepted: %.*s", (int)length, text);
    assert_memory_equal(&parts, &before, sizeof(parts));
}

/* ----------------------------------------------------------------- vectors */

static void test_format_writes_the_golden_text(void **state) {
    struct tokenstore_bearer bearer;

    (void)state;
    for (size_t i = 0; i < vector_count; i++) {
        memset(&bearer, 'x', sizeof(bearer));
        bearer_format(&vectors[i].parts, &bearer);
        assert_string_equal(bearer.text, vectors[i].text);
    }
}

static void test_parse_reads_the_golden_text(void **state) {
    struct bearer_parts parts;
    uint64_t id;

    (void)state;
    for (size_t i = 0; i < vector_count; i++) {
        const struct golden_bearer *vector = &vectors[i];

        assert_int_equal(
            bearer_parse(vector->text, TOKENSTORE_BEARER_LENGTH, &parts),
            TOKENSTORE_OK);
        assert_true(parts.id == vector->parts.id);
        assert_memory_equal(parts.secret, vector->parts.secret,
                            BEARER_SECRET_SIZE);
        assert_int_equal(
            tokenstore_bearer_id(vector->text, TOKENSTORE_BEARER_LENGTH, &id),
            TOKENSTORE_OK);
        assert_true(id == vector->parts.id);
    }
}

static void test_hash_is_the_golden_hash(void **state) {
    uint8_t hash[TOKEN_HASH_SIZE];

    (void)state;
    for (size_t i = 0; i < vector_count; i++) {
        bearer_hash(&vectors[i].parts, hash);
        assert_memory_equal(hash, vectors[i].hash, sizeof(hash));
    }
}

/* ---------------------------------------------------------------- refusals */

/* Every other byte at every position is refused: no character stands for
 * another, and none is ignored. */
static void test_parse_refuses_every_changed_character(void **state) {
    char text[TOKENSTORE_BEARER_LENGTH];

    (void)state;
    for (size_t at = 0; at < sizeof(text); at++) {
        memcpy(text, valid(), sizeof(text));
        for (int byte = 0; byte < 256; byte++) {
            text[at] = (char)byte;
            if (text[at] != valid()[at])
                assert_refused(text, sizeof(text));
        }
    }
}

static void test_parse_refuses_swapped_neighbours(void **state) {
    char text[TOKENSTORE_BEARER_LENGTH];

    (void)state;
    for (size_t at = 0; at + 1 < sizeof(text); at++) {
        memcpy(text, valid(), sizeof(text));
        text[at] = valid()[at + 1];
        text[at + 1] = valid()[at];
        if (text[at] != text[at + 1])
            assert_refused(text, sizeof(text));
    }
}

static void test_parse_refuses_every_other_length(void **state) {
    char text[2 * TOKENSTORE_BEARER_LENGTH];

    (void)state;
    memcpy(text, valid(), TOKENSTORE_BEARER_LENGTH);
    memcpy(text + TOKENSTORE_BEARER_LENGTH, valid(), TOKENSTORE_BEARER_LENGTH);
    for (size_t length = 0; length <= sizeof(text); length++)
        if (length != TOKENSTORE_BEARER_LENGTH)
            assert_refused(text, length);
    assert_refused(NULL, 0);
    assert_refused(NULL, TOKENSTORE_BEARER_LENGTH);
    /* A length that underflowed is refused, too. */
    assert_refused(text, SIZE_MAX);
}

static void test_parse_refuses_characters_around_a_token(void **state) {
    static const char around[] = " \t\r\n=\0'\"";
    char text[TOKENSTORE_BEARER_LENGTH + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(around) - 1; i++) {
        memcpy(text, valid(), TOKENSTORE_BEARER_LENGTH);
        text[TOKENSTORE_BEARER_LENGTH] = around[i];
        assert_refused(text, sizeof(text));
        memcpy(text + 1, valid(), TOKENSTORE_BEARER_LENGTH);
        text[0] = around[i];
        assert_refused(text, sizeof(text));
        assert_refused(text, TOKENSTORE_BEARER_LENGTH);
    }
}

/* In standard base64, '+' and '/' mean what '-' and '_' mean here, and would
 * decode to the same bytes. */
static void test_parse_refuses_standard_base64(void **state) {
    char text[TOKENSTORE_BEARER_LENGTH];
    size_t changed = 0;

    (void)state;
    for (size_t i = 0; i < vector_count; i++) {
        memcpy(text, vectors[i].text, sizeof(text));
        for (size_t at = PREFIX_LENGTH; at < sizeof(text); at++) {
            if (text[at] != '-' && text[at] != '_')
                continue;
            text[at] = text[at] == '-' ? '+' : '/';
            assert_refused(text, sizeof(text));
            text[at] = vectors[i].text[at];
            changed++;
        }
    }
    assert_true(changed > 10);
}

/* Some decoders read every such byte as the last character of the alphabet. */
static void test_parse_refuses_bytes_outside_ascii(void **state) {
    char text[TOKENSTORE_BEARER_LENGTH];
    size_t changed = 0;

    (void)state;
    for (size_t i = 0; i < vector_count; i++) {
        memcpy(text, vectors[i].text, sizeof(text));
        for (size_t at = 0; at < sizeof(text); at++) {
            for (int byte = 0x80; byte <= 0xff; byte++) {
                text[at] = (char)byte;
                assert_refused(text, sizeof(text));
            }
            text[at] = vectors[i].text[at];
            changed += at >= PREFIX_LENGTH && text[at] == '_';
        }
    }
    assert_true(changed > 5);
}

static void test_parse_refuses_another_prefix(void **state) {
    static const char *const prefixes[] = {
        "PAMAT1_", "Pamat1_", "pamat2_", "pamat1-", "pamat10", "_pamat1",
    };
    char text[TOKENSTORE_BEARER_LENGTH];

    (void)state;
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        memcpy(text, valid(), sizeof(text));
        memcpy(text, prefixes[i], PREFIX_LENGTH);
        assert_refused(text, sizeof(text));
    }
}

/*
 * Gives a text the checksum of another token: the last 32 bits, which are the
 * last five characters and two bits of the character before them.
 */
static void take_checksum(char *text, const char *from) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t at = TOKENSTORE_BEARER_LENGTH - 6;
    ptrdiff_t own = strchr(alphabet, text[at]) - alphabet;
    ptrdiff_t other = strchr(alphabet, from[at]) - alphabet;

    text[at] = alphabet[(own & ~3) | (other & 3)];
    memcpy(text + at + 1, from + at + 1, 5);
}

static void test_checksum_covers_id_and_secret(void **state) {
    struct tokenstore_bearer bearer;
    struct bearer_parts parts;

    (void)state;
    for (size_t byte = 0; byte < 8 + BEARER_SECRET_SIZE; byte++)
        for (unsigned int bit = 0; bit < 8; bit++) {
            parts = vectors[0].parts;
            if (byte < 8)
                parts.id ^= UINT64_C(1) << (8 * (7 - byte) + bit);
            else
                parts.secret[byte - 8] ^= (uint8_t)(1u << bit);
            bearer_format(&parts, &bearer);
            take_checksum(bearer.text, valid());
            assert_refused(bearer.text, TOKENSTORE_BEARER_LENGTH);
        }
    /* With its own checksum the same text is accepted. */
    bearer_format(&vectors[0].parts, &bearer);
    take_checksum(bearer.text, valid());
    assert_string_equal(bearer.text, valid());
}

/* -------------------------------------------------------------- generation */

static void test_generate_makes_tokens_that_parse_back(void **state) {
    static const uint64_t ids[] = {1, 2, UINT32_MAX, UINT64_MAX};
    struct tokenstore_bearer bearer;
    struct bearer_parts parts;
    uint8_t hash[TOKEN_HASH_SIZE], again[TOKEN_HASH_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        assert_int_equal(bearer_generate(ids[i], &bearer, hash),
                         TOKENSTORE_OK);
        assert_int_equal(strlen(bearer.text), TOKENSTORE_BEARER_LENGTH);
        assert_int_equal(
            bearer_parse(bearer.text, TOKENSTORE_BEARER_LENGTH, &parts),
            TOKENSTORE_OK);
        assert_true(parts.id == ids[i]);
        bearer_hash(&parts, again);
        assert_memory_equal(hash, again, sizeof(hash));
    }
}

/* All 24 bytes are random each time: among 64 tokens each bit is 0 at least
 * once and 1 at least once. */
static void test_generated_secrets_are_random_in_every_bit(void **state) {
    struct tokenstore_bearer bearer;
    struct bearer_parts parts;
    uint8_t hash[TOKEN_HASH_SIZE];
    uint8_t ever[BEARER_SECRET_SIZE] = {0};
    uint8_t always[BEARER_SECRET_SIZE];

    (void)state;
    memset(always, 0xff, sizeof(always));
    for (int i = 0; i < 64; i++) {
        assert_int_equal(bearer_generate(1, &bearer, hash), TOKENSTORE_OK);
        assert_int_equal(
            bearer_parse(bearer.text, TOKENSTORE_BEARER_LENGTH, &parts),
            TOKENSTORE_OK);
        for (size_t at = 0; at < sizeof(ever); at++) {
            ever[at] |= parts.secret[at];
            always[at] &= parts.secret[at];
        }
    }
    for (size_t at = 0; at < sizeof(ever); at++) {
        assert_int_equal(ever[at], 0xff);
        assert_int_equal(always[at], 0);
    }
}

/* ---------------------------------------------------------- hash and wipe */

static void test_hash_depends_on_id_and_secret(void **state) {
    struct bearer_parts parts = vectors[0].parts;
    uint8_t hash[TOKEN_HASH_SIZE];

    (void)state;
    for (unsigned int bit = 0; bit < 64; bit++) {
        parts.id = vectors[0].parts.id ^ UINT64_C(1) << bit;
        bearer_hash(&parts, hash);
        assert_false(bearer_hash_equal(hash, vectors[0].hash));
    }
    parts = vectors[0].parts;
    for (size_t at = 0; at < BEARER_SECRET_SIZE; at++) {
        parts.secret[at] ^= 1;
        bearer_hash(&parts, hash);
        assert_false(bearer_hash_equal(hash, vectors[0].hash));
        parts.secret[at] ^= 1;
    }
    bearer_hash(&parts, hash);
    assert_true(bearer_hash_equal(hash, vectors[0].hash));
}

static void test_hash_equal_compares_every_bit(void **state) {
    uint8_t other[TOKEN_HASH_SIZE];

    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof(other); bit++) {
        memcpy(other, vectors[0].hash, sizeof(other));
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(bearer_hash_equal(other, vectors[0].hash));
        assert_false(bearer_hash_equal(vectors[0].hash, other));
    }
}

static void test_wipe_overwrites_and_accepts_null(void **state) {
    static const char zero[16];
    char secret[18];

    (void)state;
    memset(secret, 's', sizeof(secret));
    tokenstore_wipe(secret + 1, 16);
    assert_memory_equal(secret + 1, zero, 16);
    assert_int_equal(secret[0], 's');
    assert_int_equal(secret[17], 's');
    tokenstore_wipe(secret, 0);
    assert_int_equal(secret[0], 's');
    tokenstore_wipe(NULL, 0);
    tokenstore_wipe(NULL, 16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format_writes_the_golden_text),
        cmocka_unit_test(test_parse_reads_the_golden_text),
        cmocka_unit_test(test_hash_is_the_golden_hash),
        cmocka_unit_test(test_parse_refuses_every_changed_character),
        cmocka_unit_test(test_parse_refuses_swapped_neighbours),
        cmocka_unit_test(test_parse_refuses_every_other_length),
        cmocka_unit_test(test_parse_refuses_characters_around_a_token),
        cmocka_unit_test(test_parse_refuses_standard_base64),
        cmocka_unit_test(test_parse_refuses_bytes_outside_ascii),
        cmocka_unit_test(test_parse_refuses_another_prefix),
        cmocka_unit_test(test_checksum_covers_id_and_secret),
        cmocka_unit_test(test_generate_makes_tokens_that_parse_back),
        cmocka_unit_test(test_generated_secrets_are_random_in_every_bit),
        cmocka_unit_test(test_hash_depends_on_id_and_secret),
        cmocka_unit_test(test_hash_equal_compares_every_bit),
        cmocka_unit_test(test_wipe_overwrites_and_accepts_null),
    };

    return cmocka_run_group_tests(tests, read_vectors, NULL);
}
