/*
 * test_use_slot.c - tests of the slot of a last use: it has the bytes that
 * doc/FORMAT.md documents, other bytes are refused, and text from outside is
 * cleaned before it is stored.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tokenstore/format/use_slot.h"
#include "tokenstore/values/crypto.h"

#define NOW INT64_C(1800000100)

static struct use_record make(const char *service, const char *address) {
    struct use_record record = {.id = 1, .creation_time = 1800000000};

    use_slot_make(service, address, NOW, &record.use);
    return record;
}

/* Decodes a slot with one byte replaced and a digest that matches it. */
static enum use_state decode_with(size_t at, uint8_t byte) {
    struct use_record record = make("sshd", "192.0.2.7");
    uint8_t slot[USE_SLOT_SIZE];

    use_slot_encode(&record, slot);
    slot[at] = byte;
    crypto_blake2b("accesstoken-used", slot + 16, sizeof(slot) - 16, slot,
                   CRYPTO_DIGEST_SIZE);
    return use_slot_decode(slot, &record);
}

/* This is the example in doc/FORMAT.md, computed without the library. */
static void test_slot_is_as_documented(void **state) {
    static const uint8_t digest[] = {0xf4, 0xfd, 0x21, 0x0c, 0x6e, 0xd6,
                                     0x13, 0x8e, 0xe7, 0x4c, 0x2e, 0x26,
                                     0x3d, 0x9a, 0xd2, 0x7d};
    struct use_record record = make("sshd", "192.0.2.7");
    uint8_t slot[USE_SLOT_SIZE];

    (void)state;
    use_slot_encode(&record, slot);
    assert_memory_equal(slot, digest, sizeof(digest));
    assert_int_equal(slot[16], 1);
    assert_memory_equal(slot + 17, "\0\0\0\1", 4);
    assert_memory_equal(slot + 37, "sshd\0", 5);
    assert_memory_equal(slot + 81, "192.0.2.7\0", 10);
}

static void test_decode_returns_what_was_encoded(void **state) {
    static const char *const services[] = {NULL, "", "sshd", "tokens:admin"};
    static const char *const addresses[] = {NULL, "192.0.2.7", "2001:db8::1",
                                            "host.example.org"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct use_record record = make(services[i], addresses[i]);
        struct use_record found;
        uint8_t slot[USE_SLOT_SIZE];

        record.id = UINT32_MAX - i;
        use_slot_encode(&record, slot);
        assert_int_equal(use_slot_decode(slot, &found), USE_FOUND);
        assert_true(found.id == record.id);
        assert_true(found.creation_time == record.creation_time);
        assert_true(found.use.time == NOW);
        assert_string_equal(found.use.service,
                            services[i] != NULL ? services[i] : "");
        assert_string_equal(found.use.address,
                            addresses[i] != NULL ? addresses[i] : "");
    }
}

static void test_zeros_mean_no_use(void **state) {
    const uint8_t slot[USE_SLOT_SIZE] = {0};
    struct use_record record;

    (void)state;
    assert_int_equal(use_slot_decode(slot, &record), USE_NONE);
}

static void test_every_flipped_bit_is_noticed(void **state) {
    struct use_record record = make("sshd", "192.0.2.7");
    uint8_t slot[USE_SLOT_SIZE];

    (void)state;
    use_slot_encode(&record, slot);
    for (size_t bit = 0; bit < 8 * sizeof(slot); bit++) {
        slot[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(use_slot_decode(slot, &record), USE_DOUBTS);
        slot[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(use_slot_decode(slot, &record), USE_FOUND);
}

/* The digest matches in all of these: anybody who can write to the file can
 * compute it. */
static void test_slots_that_encode_cannot_write_are_doubted(void **state) {
    (void)state;
    assert_int_equal(decode_with(20, 1), USE_FOUND);  /* not changed */
    assert_int_equal(decode_with(16, 2), USE_DOUBTS); /* a later version */
    assert_int_equal(decode_with(16, 0), USE_DOUBTS);
    assert_int_equal(decode_with(20, 0), USE_DOUBTS);    /* id 0 */
    assert_int_equal(decode_with(21, 0x80), USE_DOUBTS); /* creation time */
    assert_int_equal(decode_with(23, 1), USE_DOUBTS);
    assert_int_equal(decode_with(29, 0x80), USE_DOUBTS); /* time of use */
    assert_int_equal(decode_with(31, 1), USE_DOUBTS);
    assert_int_equal(decode_with(38, '\n'), USE_DOUBTS);
    assert_int_equal(decode_with(38, ' '), USE_DOUBTS);
    assert_int_equal(decode_with(38, 0x1b), USE_DOUBTS);
    assert_int_equal(decode_with(38, 0xe9), USE_DOUBTS);
    assert_int_equal(decode_with(38, '\0'), USE_DOUBTS); /* text after NUL */
    assert_int_equal(decode_with(80, 'x'), USE_DOUBTS);
    assert_int_equal(decode_with(81, 0x7f), USE_DOUBTS);
    assert_int_equal(decode_with(127, 'x'), USE_DOUBTS);
}

static void test_long_texts_are_cut_off(void **state) {
    char longer[200];
    struct use_record record;
    uint8_t slot[USE_SLOT_SIZE];

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    record = make(longer, longer);
    assert_int_equal(strlen(record.use.service), TOKENSTORE_USE_SERVICE_MAX);
    assert_int_equal(strlen(record.use.address), TOKENSTORE_USE_ADDRESS_MAX);
    use_slot_encode(&record, slot);
    assert_int_equal(use_slot_decode(slot, &record), USE_FOUND);
    assert_int_equal(strlen(record.use.service), TOKENSTORE_USE_SERVICE_MAX);
    assert_int_equal(strlen(record.use.address), TOKENSTORE_USE_ADDRESS_MAX);
}

static void test_longest_address_is_kept_whole(void **state) {
    const char *longest = "2001:db8:1111:2222:3333:4444:5555:6666";

    (void)state;
    assert_string_equal(make("", longest).use.address, longest);
}

static void test_addresses_are_stored_in_canonical_form(void **state) {
    (void)state;
    assert_string_equal(make("", "::ffff:192.0.2.7").use.address, "192.0.2.7");
    assert_string_equal(make("", "2001:0DB8:0:0::1").use.address,
                        "2001:db8::1");
    assert_string_equal(make("", "fe80::1%eth0").use.address, "fe80::1");
}

static void test_text_is_stored_as_printable_ascii(void **state) {
    (void)state;
    assert_string_equal(
        make("a b\n\x1b[31m\xc3\xa9\x7f", "h\tost").use.service,
        "a?b??[31m???");
    assert_string_equal(make("", "h\tost").use.address, "h?ost");
}

static void test_bearer_tokens_are_not_stored(void **state) {
    const char *token =
        "pamat1_AAAAAAAAAAEAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhfKYR6J";
    char inside[200] = "http://x/?t=";

    (void)state;
    strcat(inside, token);
    assert_string_equal(make(token, token).use.service, "");
    assert_string_equal(make("PAMAT1_AAAA", "pamat1%5FAAAA").use.service, "");
    assert_string_equal(make("PAMAT1_AAAA", "pamat1%5FAAAA").use.address, "");
    assert_string_equal(make(token, token).use.address, "");
    assert_string_equal(make("sshd", inside).use.address, "");
}

static void test_time_is_valid_only_in_the_stored_range(void **state) {
    (void)state;
    assert_false(use_slot_time_valid(-1));
    assert_false(use_slot_time_valid(TOKENSTORE_TIME_MAX + 1));
    assert_false(use_slot_time_valid(TOKENSTORE_NEVER));
    assert_true(use_slot_time_valid(0));
    assert_true(use_slot_time_valid(TOKENSTORE_TIME_MAX));
}

static void test_less_than_a_minute_either_way_is_recent(void **state) {
    (void)state;
    assert_true(use_slot_is_recent(NOW, NOW));
    assert_true(use_slot_is_recent(NOW - 59, NOW));
    assert_false(use_slot_is_recent(NOW - 60, NOW));
    /* The clock was set back. */
    assert_true(use_slot_is_recent(NOW + 59, NOW));
    assert_false(use_slot_is_recent(NOW + 60, NOW));
    assert_false(use_slot_is_recent(TOKENSTORE_TIME_MAX, NOW));
    assert_false(use_slot_is_recent(0, TOKENSTORE_TIME_MAX));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slot_is_as_documented),
        cmocka_unit_test(test_decode_returns_what_was_encoded),
        cmocka_unit_test(test_zeros_mean_no_use),
        cmocka_unit_test(test_every_flipped_bit_is_noticed),
        cmocka_unit_test(test_slots_that_encode_cannot_write_are_doubted),
        cmocka_unit_test(test_long_texts_are_cut_off),
        cmocka_unit_test(test_longest_address_is_kept_whole),
        cmocka_unit_test(test_addresses_are_stored_in_canonical_form),
        cmocka_unit_test(test_text_is_stored_as_printable_ascii),
        cmocka_unit_test(test_bearer_tokens_are_not_stored),
        cmocka_unit_test(test_time_is_valid_only_in_the_stored_range),
        cmocka_unit_test(test_less_than_a_minute_either_way_is_recent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
