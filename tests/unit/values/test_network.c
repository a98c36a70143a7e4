/*
 * test_network.c - tests of addresses and CIDR blocks: the canonical text of
 * each, which texts are refused, and which address is inside which block.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tokenstore/tokenstore.h"
#include "tokenstore/values/network.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct canonical {
    const char *text;
    const char *expected;
    uint8_t version;
    uint8_t prefix;
};

static void assert_canonical(const struct canonical *table, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct network network;

        if (!network_parse(table[i].text, &network))
            fail_msg("\"%s\" was refused", table[i].text);
        assert_string_equal(network.text, table[i].expected);
        assert_int_equal(network.version, table[i].version);
        assert_int_equal(network.prefix, table[i].prefix);
    }
}

static void test_parse_writes_the_canonical_text(void **state) {
    static const struct canonical table[] = {
        {"192.0.2.1", "192.0.2.1", 4, 32},
        {"192.0.2.1/32", "192.0.2.1", 4, 32},
        {"10.0.0.0/8", "10.0.0.0/8", 4, 8},
        {"0.0.0.0/0", "0.0.0.0/0", 4, 0},
        {"0.0.0.0", "0.0.0.0", 4, 32},
        {"::1", "::1", 6, 128},
        {"::1/128", "::1", 6, 128},
        {"::/0", "::/0", 6, 0},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", 6, 128},
        {"2001:0db8::/32", "2001:db8::/32", 6, 32},
        {"1111:2222:3333:4444:5555:6666:7777:8888",
         "1111:2222:3333:4444:5555:6666:7777:8888", 6, 128},
    };

    (void)state;
    assert_canonical(table, COUNT(table));
}

static void test_parse_clears_host_bits(void **state) {
    static const struct canonical table[] = {
        {"10.255.255.255/8", "10.0.0.0/8", 4, 8},
        {"192.0.2.255/25", "192.0.2.128/25", 4, 25},
        {"192.0.2.255/31", "192.0.2.254/31", 4, 31},
        {"255.255.255.255/1", "128.0.0.0/1", 4, 1},
        {"255.255.255.255/0", "0.0.0.0/0", 4, 0},
        {"2001:db8:ffff::1/33", "2001:db8:8000::/33", 6, 33},
        {"2001:db8::ffff/127", "2001:db8::fffe/127", 6, 127},
        {"ffff::1/0", "::/0", 6, 0},
    };

    (void)state;
    assert_canonical(table, COUNT(table));
}

static void test_parse_turns_mapped_ipv6_into_ipv4(void **state) {
    static const struct canonical table[] = {
        {"::ffff:192.0.2.1", "192.0.2.1", 4, 32},
        {"::ffff:c000:201", "192.0.2.1", 4, 32},
        {"::FFFF:192.0.2.77/120", "192.0.2.0/24", 4, 24},
        {"::ffff:0:0/96", "0.0.0.0/0", 4, 0},
        {"::ffff:192.0.2.1/96", "0.0.0.0/0", 4, 0},
        /* Blocks wider than the mapped addresses or outside them stay IPv6. */
        {"::ffff:192.0.2.1/95", "::fffe:0:0/95", 6, 95},
        {"::ffff:192.0.2.1/0", "::/0", 6, 0},
        {"::fffe:c000:201", "::fffe:c000:201", 6, 128},
        {"1::ffff:c000:201", "1::ffff:c000:201", 6, 128},
    };

    (void)state;
    assert_canonical(table, COUNT(table));
}

static void test_parse_rejects_other_text(void **state) {
    static const char *const invalid[] = {
        "",
        "/",
        "/8",
        "localhost",
        "1",
        "10",
        "10/8",
        "10.0/8",
        "192.0.2",
        "192.0.2.1.1",
        "192.0.2.256",
        "192.0.2.01",
        "0x7f.0.0.1",
        "192.0.2.-1",
        " 192.0.2.1",
        "192.0.2.1 ",
        "192.0.2.1\n",
        "192.0.2.1/",
        "192.0.2.1/33",
        "192.0.2.1/08",
        "192.0.2.1/00",
        "192.0.2.1/-1",
        "192.0.2.1/+8",
        "192.0.2.1/ 8",
        "192.0.2.1/8 ",
        "192.0.2.1/0x8",
        "192.0.2.1/256",
        "192.0.2.1/264",
        "192.0.2.1/4294967304",
        "192.0.2.1/18446744073709551624",
        "192.0.2.1/8/8",
        "192.0.2.1/255.255.255.0",
        ":",
        ":::",
        "1::2::3",
        "12345::",
        "g::",
        "::1/129",
        "::1/",
        "::ffff:192.0.2.1/129",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "[::1]",
        "fe80::1%eth0",
        "fe80::1%eth0/64",
        "fe80::1%../",
        "fe80::1%eth 0",
        "fe80::1%eth0 ",
        "fe80::1%eth0\t",
        "fe80::1%eth\x1b",
        "fe80::1%eth\xc3\xa9",
        "fe80::1%%",
        "fe80::1%25eth0%eth0",
        "fe80::1%sixteen.letters.",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
    };
    struct network network = {.text = "untouched"};

    (void)state;
    for (size_t i = 0; i < COUNT(invalid); i++)
        if (network_parse(invalid[i], &network))
            fail_msg("\"%s\" was accepted as %s", invalid[i], network.text);
    assert_false(network_parse(NULL, &network));
    assert_string_equal(network.text, "untouched");
}

static void test_address_drops_an_ipv6_zone(void **state) {
    struct network address;

    (void)state;
    assert_true(network_parse_address("fe80::1%eth0", &address));
    assert_string_equal(address.text, "fe80::1");
    assert_true(network_parse_address("fe80::1", &address));
    assert_string_equal(address.text, "fe80::1");
    assert_true(network_parse_address("FE80:0::1%1", &address));
    assert_string_equal(address.text, "fe80::1");
    assert_true(network_parse_address("fe80::1%fifteen.letters", &address));
    assert_true(network_parse_address("ff02::1%br-0@eth0.7", &address));
    assert_string_equal(address.text, "ff02::1");
    assert_true(network_parse_address("::ffff:192.0.2.1", &address));
    assert_string_equal(address.text, "192.0.2.1");
    assert_true(network_parse_address("192.0.2.1", &address));
    assert_string_equal(address.text, "192.0.2.1");
}

static void test_address_rejects_everything_else(void **state) {
    static const char *const invalid[] = {
        "",
        "192.0.2.0/24",
        "192.0.2.1/32",
        "::1/128",
        "fe80::1%",
        "%eth0",
        "192.0.2.1%eth0",
        "fe80::1%eth0/64",
        "fe80::1/64%eth0",
        "localhost",
        "host.example",
        "192.0.2.1 ",
        "UNKNOWN",
    };
    struct network address = {.text = "untouched"};

    (void)state;
    for (size_t i = 0; i < COUNT(invalid); i++)
        if (network_parse_address(invalid[i], &address))
            fail_msg("\"%s\" was accepted as %s", invalid[i], address.text);
    assert_false(network_parse_address(NULL, &address));
    assert_string_equal(address.text, "untouched");
}

static void test_address_format_is_the_canonical_form(void **state) {
    char address[TOKENSTORE_ADDRESS_SIZE] = "untouched";

    (void)state;
    assert_int_equal(tokenstore_address_format("fe80::1%", address),
                     TOKENSTORE_ERROR_INVALID_NETWORK);
    assert_int_equal(tokenstore_address_format(NULL, address),
                     TOKENSTORE_ERROR_INVALID_NETWORK);
    assert_string_equal(address, "untouched");
    assert_int_equal(tokenstore_address_format("fe80::1%eth0", address),
                     TOKENSTORE_OK);
    assert_string_equal(address, "fe80::1");
    assert_int_equal(tokenstore_address_format("::ffff:192.0.2.1", address),
                     TOKENSTORE_OK);
    assert_string_equal(address, "192.0.2.1");
}

static void test_contains_is_exact_at_the_edges(void **state) {
    static const struct {
        const char *block;
        const char *address;
        bool inside;
    } table[] = {
        {"10.0.0.0/8", "10.0.0.0", true},
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "9.255.255.255", false},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"192.0.2.64/26", "192.0.2.63", false},
        {"192.0.2.64/26", "192.0.2.64", true},
        {"192.0.2.64/26", "192.0.2.127", true},
        {"192.0.2.64/26", "192.0.2.128", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.0", false},
        {"0.0.0.0/0", "255.255.255.255", true},
        {"2001:db8::/33", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"fe80::/10", "fe80::1%eth0", true},
        {"fe80::/10", "fec0::1", false},
        {"::1", "::1", true},
        {"::1", "::2", false},
        /* Families never match each other, except IPv4-mapped addresses. */
        {"192.0.2.0/24", "::ffff:192.0.2.9", true},
        {"::ffff:192.0.2.0/120", "192.0.2.9", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "192.0.2.1", false},
        {"::/0", "::ffff:192.0.2.1", false},
        {"::/0", "2001:db8::1", true},
        {"32.1.13.184/32", "2001:db8::", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct network block, address;

        assert_true(network_parse(table[i].block, &block));
        assert_true(network_parse_address(table[i].address, &address));
        if (network_contains(&block, &address) != table[i].inside)
            fail_msg("%s in %s should be %s", table[i].address, table[i].block,
                     table[i].inside ? "true" : "false");
    }
}

static void test_contains_refuses_a_wider_block(void **state) {
    struct network narrow, wide;

    (void)state;
    assert_true(network_parse("10.0.0.0/16", &narrow));
    assert_true(network_parse("10.0.0.0/8", &wide));
    assert_true(network_contains(&wide, &narrow));
    assert_false(network_contains(&narrow, &wide));
}

static void test_format_writes_the_text_of_a_block(void **state) {
    struct network network = {
        .version = 4, .prefix = 24, .address = {192, 0, 2}};

    (void)state;
    assert_true(network_format(&network));
    assert_string_equal(network.text, "192.0.2.0/24");
    network = (struct network){.version = 6, .prefix = 128, .address = {0xfe}};
    assert_true(network_format(&network));
    assert_string_equal(network.text, "fe00::");
}

/* A damaged record could hold such values. */
static void test_format_refuses_what_is_not_canonical(void **state) {
    static const struct network bad[] = {
        {.version = 0, .prefix = 0},
        {.version = 5, .prefix = 8},
        {.version = 4, .prefix = 33},
        {.version = 6, .prefix = 129},
        {.version = 4, .prefix = 8, .address = {10, 0, 0, 1}},
        {.version = 4, .prefix = 32, .address = {10, 0, 0, 1, 1}},
        {.version = 6, .prefix = 64, .address = {[15] = 1}},
        {.version = 6, .prefix = 96, .address = {[10] = 0xff, [11] = 0xff}},
        {.version = 6, .prefix = 128, .address = {[10] = 0xff, [11] = 0xff}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct network network = bad[i];

        if (network_format(&network))
            fail_msg("row %zu was formatted as \"%s\"", i, network.text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_writes_the_canonical_text),
        cmocka_unit_test(test_parse_clears_host_bits),
        cmocka_unit_test(test_parse_turns_mapped_ipv6_into_ipv4),
        cmocka_unit_test(test_parse_rejects_other_text),
        cmocka_unit_test(test_address_drops_an_ipv6_zone),
        cmocka_unit_test(test_address_rejects_everything_else),
        cmocka_unit_test(test_address_format_is_the_canonical_form),
        cmocka_unit_test(test_contains_is_exact_at_the_edges),
        cmocka_unit_test(test_contains_refuses_a_wider_block),
        cmocka_unit_test(test_format_writes_the_text_of_a_block),
        cmocka_unit_test(test_format_refuses_what_is_not_canonical),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
