/*
 * fuzz_network.c - addresses and CIDR blocks. The input is a block and an
 * address, one to a line; it is also a block as in a record. A block that
 * parses is printed and parsed again to the same block. An address is inside a
 * block if and only if the first bits are equal.
 */
#include "tests/fuzz/fuzz.h"

#include "tokenstore/values/network.h"

#define RAW_SIZE (2 + 16)

static bool same(const struct network *a, const struct network *b) {
    return a->version == b->version && a->prefix == b->prefix &&
           memcmp(a->address, b->address, sizeof(a->address)) == 0 &&
           strcmp(a->text, b->text) == 0;
}

static void require_fixed_point(const struct network *network) {
    struct network again;

    REQUIRE(network->version == 4 || network->version == 6);
    REQUIRE(network->prefix <= (network->version == 4 ? 32 : 128));
    REQUIRE(network_parse(network->text, &again));
    REQUIRE(same(network, &again));
    REQUIRE(network_format(&again));
    REQUIRE(same(network, &again));
    REQUIRE(network_contains(network, network));
}

/* The same as network_contains, one bit at a time. */
static bool inside(const struct network *block,
                   const struct network *address) {
    if (block->version != address->version || block->prefix > address->prefix)
        return false;
    for (int bit = 0; bit < block->prefix; bit++)
        if (((block->address[bit / 8] ^ address->address[bit / 8]) >>
                 (7 - bit % 8) &
             1) != 0)
            return false;
    return true;
}

static void try_texts(const char *first, const char *second) {
    struct network block, address, other;
    bool is_block = network_parse(first, &block);
    bool is_address = network_parse_address(second, &address);

    if (is_block)
        require_fixed_point(&block);
    if (is_address) {
        require_fixed_point(&address);
        REQUIRE(address.prefix == (address.version == 4 ? 32 : 128));
        /* An address without a zone is also a block, and the same one. */
        if (strchr(second, '%') == NULL)
            REQUIRE(network_parse(second, &other) && same(&address, &other));
    }
    if (is_block && is_address)
        REQUIRE(network_contains(&block, &address) ==
                inside(&block, &address));
    /* Two blocks: one may be wider than the other. */
    if (is_block && network_parse(second, &other)) {
        REQUIRE(network_contains(&block, &other) == inside(&block, &other));
        REQUIRE(network_contains(&other, &block) == inside(&other, &block));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    char *second = text;
    char *first = strsep(&second, "\n");

    try_texts(first, second != NULL ? second : "");
    free(text);
    if (size == RAW_SIZE) {
        struct network network = {.version = data[0], .prefix = data[1]};

        memcpy(network.address, data + 2, sizeof(network.address));
        if (network_format(&network))
            require_fixed_point(&network);
    }
    return 0;
}
