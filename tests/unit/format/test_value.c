/*
 * test_value.c - tests of how the key and the value of a record are encoded,
 * verified and decoded.  test_golden.c proves the bytes with the golden store.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "tokenstore/format/value.h"

static struct value_payload make_payload(void) {
    struct value_payload payload = {{0}};

    for (size_t i = 0; i < sizeof(payload.bytes); i++)
        payload.bytes[i] = (uint8_t)(i * 7);
    return payload;
}

static void test_key_has_its_parts_in_order(void **state) {
    static const uint8_t expected[VALUE_KEY_SIZE] = {
        'T', 3, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    struct value_key key =
        value_key('T', 3, 0x01020304, UINT64_C(0x05060708090a0b0c));

    (void)state;
    assert_memory_equal(key.bytes, expected, sizeof(expected));
    assert_int_equal(value_key_number(key.bytes), 0x01020304);
    assert_int_equal(value_key_set(key.bytes), UINT64_C(0x05060708090a0b0c));
}

static void test_decode_returns_what_was_encoded(void **state) {
    struct value_key key = value_key('T', 0, 1, 0);
    struct value_payload payload = make_payload(), decoded;
    uint8_t value[VALUE_SIZE];

    (void)state;
    value_encode(&key, &payload, value);
    assert_int_equal(
        value_judge(key.bytes, sizeof(key.bytes), value, sizeof(value)),
        TOKENSTORE_OK);
    assert_int_equal(value_decode(key.bytes, sizeof(key.bytes), value,
                                  sizeof(value), &decoded),
                     TOKENSTORE_OK);
    assert_memory_equal(decoded.bytes, payload.bytes, sizeof(payload.bytes));
}

static void test_every_changed_bit_is_damage(void **state) {
    struct value_key key = value_key('T', 0, 1, 0);
    struct value_payload payload = make_payload(), decoded;
    uint8_t value[VALUE_SIZE];

    (void)state;
    value_encode(&key, &payload, value);
    memset(&decoded, 0x55, sizeof(decoded));
    for (size_t i = 0; i < 8 * sizeof(value); i++) {
        value[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_int_equal(value_decode(key.bytes, sizeof(key.bytes), value,
                                      sizeof(value), &decoded),
                         TOKENSTORE_ERROR_DAMAGED);
        value[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    /* Nothing of the damaged value was returned. */
    for (size_t i = 0; i < sizeof(decoded.bytes); i++)
        assert_int_equal(decoded.bytes[i], 0x55);
}

static void test_value_under_another_key_is_damage(void **state) {
    struct value_key key = value_key('T', 0, 1, 0);
    struct value_payload payload = make_payload();
    uint8_t value[VALUE_SIZE];

    (void)state;
    value_encode(&key, &payload, value);
    for (size_t i = 0; i < sizeof(key.bytes); i++) {
        key.bytes[i] ^= 1;
        assert_int_equal(
            value_judge(key.bytes, sizeof(key.bytes), value, sizeof(value)),
            TOKENSTORE_ERROR_DAMAGED);
        key.bytes[i] ^= 1;
    }
}

static void test_other_sizes_are_damage(void **state) {
    struct value_key key = value_key('T', 0, 1, 0);
    struct value_payload payload = make_payload();
    uint8_t value[VALUE_SIZE + 1] = {0};

    (void)state;
    value_encode(&key, &payload, value);
    assert_int_equal(
        value_judge(key.bytes, VALUE_KEY_SIZE - 1, value, VALUE_SIZE),
        TOKENSTORE_ERROR_DAMAGED);
    assert_int_equal(
        value_judge(key.bytes, VALUE_KEY_SIZE, value, VALUE_SIZE - 1),
        TOKENSTORE_ERROR_DAMAGED);
    assert_int_equal(
        value_judge(key.bytes, VALUE_KEY_SIZE, value, VALUE_SIZE + 1),
        TOKENSTORE_ERROR_DAMAGED);
    assert_int_equal(value_judge(key.bytes, VALUE_KEY_SIZE, value, 0),
                     TOKENSTORE_ERROR_DAMAGED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_has_its_parts_in_order),
        cmocka_unit_test(test_decode_returns_what_was_encoded),
        cmocka_unit_test(test_every_changed_bit_is_damage),
        cmocka_unit_test(test_value_under_another_key_is_damage),
        cmocka_unit_test(test_other_sizes_are_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
