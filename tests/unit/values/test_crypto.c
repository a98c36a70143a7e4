/*
 * test_crypto.c - tests of what the library uses of libsodium: the hash,
 * base64url, comparison, random bytes and wiping.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "tokenstore/tokenstore.h"
#include "tokenstore/values/crypto.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The digests were computed by Python: blake2b(b"abc", digest_size=...,
 * person=...). */
static void test_hash_is_blake2b_with_a_personalisation(void **state) {
    static const uint8_t expected16[16] = {0xdc, 0xb5, 0x08, 0xfa, 0x2e, 0xb8,
                                           0x8c, 0x5c, 0x18, 0x32, 0x7a, 0xda,
                                           0x3d, 0xfd, 0x13, 0xfe};
    static const uint8_t expected32[32] = {
        0xc5, 0x42, 0x60, 0x7f, 0xfd, 0x3a, 0xc2, 0x1a, 0x5c, 0xfa, 0xca,
        0x12, 0x08, 0xd6, 0xf6, 0x05, 0x7b, 0xbb, 0x83, 0xfd, 0xee, 0x2f,
        0xbe, 0x6f, 0x83, 0xd0, 0x41, 0xef, 0x62, 0xdf, 0x3c, 0x06};
    uint8_t hash[32];

    (void)state;
    crypto_blake2b("accesstoken-test", "abc", 3, hash, 16);
    assert_memory_equal(hash, expected16, 16);
    crypto_blake2b("accesstoken-test", "abc", 3, hash, 32);
    assert_memory_equal(hash, expected32, 32);
}

static void test_each_purpose_has_its_own_hash(void **state) {
    uint8_t one[CRYPTO_DIGEST_SIZE], other[CRYPTO_DIGEST_SIZE];

    (void)state;
    crypto_blake2b("accesstoken-one.", "abc", 3, one, sizeof(one));
    crypto_blake2b("accesstoken-two.", "abc", 3, other, sizeof(other));
    assert_memory_not_equal(one, other, sizeof(one));
}

static void test_base64url_decodes_what_it_encodes(void **state) {
    static const struct {
        uint8_t bytes[6];
        size_t size;
        const char *text;
    } cases[] = {
        {{0}, 0, ""},
        {{0xff}, 1, "_w"},
        {{0xfb, 0xef}, 2, "--8"},
        {{0, 0, 0}, 3, "AAAA"},
        {{0xfb, 0xff, 0xbf, 0, 0x10, 0x83}, 6, "-_-_ABCD"},
    };
    uint8_t bytes[6];
    char text[9];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        crypto_encode(cases[i].bytes, cases[i].size, text, sizeof(text));
        assert_string_equal(text, cases[i].text);
        assert_true(crypto_decode(text, strlen(text), bytes, cases[i].size));
        assert_memory_equal(bytes, cases[i].bytes, cases[i].size);
    }
}

static void test_base64url_decodes_canonical_text_only(void **state) {
    static const char *const wrong[] = {
        "AAA",     /* one character short */
        "AAAAA",   /* one character too many */
        "AAA=",    /* padding */
        "AA A",    /* a space */
        "AA+A",    /* character 62 of standard base64 */
        "AA/A",    /* character 63 of standard base64 */
        "AAA\x80", /* not ASCII */
        "\xff___", /* the first byte is not ASCII */
        "AAAAAA",  /* more bytes than the buffer holds */
        "AA\nAA",  /* a newline inside */
    };
    uint8_t bytes[3];

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(
            crypto_decode(wrong[i], strlen(wrong[i]), bytes, sizeof(bytes)));
    /* The bits after the last byte are not zero. */
    assert_true(crypto_decode("_w", 2, bytes, 1));
    assert_false(crypto_decode("_x", 2, bytes, 1));
}

static void test_equal_looks_at_every_byte(void **state) {
    uint8_t one[32] = {0}, other[32] = {0};

    (void)state;
    assert_true(crypto_equal(one, other, sizeof(one)));
    for (size_t i = 0; i < sizeof(one); i++) {
        other[i] = 0x80;
        assert_false(crypto_equal(one, other, sizeof(one)));
        assert_true(crypto_equal(one, other, i));
        other[i] = 0;
    }
}

static void test_random_bytes_differ_each_time(void **state) {
    uint8_t one[32] = {0}, other[32] = {0};

    (void)state;
    assert_true(crypto_random(one, sizeof(one)));
    assert_true(crypto_random(other, sizeof(other)));
    assert_memory_not_equal(one, other, sizeof(one));
}

static void test_wipe_leaves_zeros(void **state) {
    static const char zeros[8];
    char secret[9] = "password";

    (void)state;
    tokenstore_wipe(secret, 8);
    assert_memory_equal(secret, zeros, 8);
    tokenstore_wipe(NULL, 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_is_blake2b_with_a_personalisation),
        cmocka_unit_test(test_each_purpose_has_its_own_hash),
        cmocka_unit_test(test_base64url_decodes_what_it_encodes),
        cmocka_unit_test(test_base64url_decodes_canonical_text_only),
        cmocka_unit_test(test_equal_looks_at_every_byte),
        cmocka_unit_test(test_random_bytes_differ_each_time),
        cmocka_unit_test(test_wipe_leaves_zeros),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
