/*
 * network.c - IP addresses and CIDR blocks: parse, print, contain.  Pure: must
 * never look up a name.  Every parser is strict, and malformed text matches
 * nothing.
 *
 * IPv4-mapped IPv6 addresses (RFC 4291 2.5.5.2) are IPv4 here, because a dual
 * stack socket reports IPv4 peers as such.  A block such as ::/0 is IPv6 only.
 */
#include "tokenstore/values/network.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "tokenstore/tokenstore.h"
#include "tokenstore/values/number.h"

#define ZONE_MAX 15 /* IFNAMSIZ without the NUL */

_Static_assert(TOKENSTORE_ADDRESS_SIZE == INET6_ADDRSTRLEN,
               "there is room for every address");

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

static unsigned int full_length(const struct network *network) {
    return network->version == 4 ? 32 : 128;
}

/* The mask of byte i of a prefix. */
static uint8_t mask_byte(unsigned int prefix, size_t i) {
    if (prefix >= 8 * (i + 1))
        return 0xff;
    if (prefix <= 8 * i)
        return 0;
    return (uint8_t)(0xff << (8 * (i + 1) - prefix));
}

/* A prefix length of at most max. */
static bool parse_prefix(const char *text, unsigned int max, uint8_t *prefix) {
    uint64_t number;

    if (!number_parse(text, max, &number))
        return false;
    *prefix = (uint8_t)number;
    return true;
}

/* Parse the first "length" bytes of text as an address of full length, with
 * IPv4-mapped not yet turned into IPv4. */
static bool parse_bare(const char *text, size_t length,
                       struct network *network) {
    char buffer[INET6_ADDRSTRLEN];

    if (length >= sizeof(buffer))
        return false;
    memcpy(buffer, text, length);
    buffer[length] = '\0';
    memset(network, 0, sizeof(*network));
    if (inet_pton(AF_INET, buffer, network->address) == 1)
        network->version = 4;
    else if (inet_pton(AF_INET6, buffer, network->address) == 1)
        network->version = 6;
    else
        return false;
    network->prefix = (uint8_t)full_length(network);
    return true;
}

static bool is_mapped(const struct network *network) {
    return network->version == 6 && network->prefix >= 96 &&
           memcmp(network->address, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

/* Turn IPv4-mapped into IPv4, clear host bits, fill in the text. */
static bool canonicalise(struct network *network) {
    if (is_mapped(network)) {
        memmove(network->address, network->address + 12, 4);
        memset(network->address + 4, 0, 12);
        network->version = 4;
        network->prefix = (uint8_t)(network->prefix - 96);
    }
    for (size_t i = 0; i < sizeof(network->address); i++)
        network->address[i] &= mask_byte(network->prefix, i);
    return network_format(network);
}

bool network_parse(const char *text, struct network *network) {
    struct network parsed;
    size_t length;

    if (text == NULL)
        return false;
    length = strcspn(text, "/");
    if (!parse_bare(text, length, &parsed))
        return false;
    if (text[length] == '/' &&
        !parse_prefix(text + length + 1, full_length(&parsed), &parsed.prefix))
        return false;
    if (!canonicalise(&parsed))
        return false;
    *network = parsed;
    return true;
}

/* Could this be the name or the number of an interface, alone to the end of
 * the text?  It may be a prefix, too: no interface name has a slash in it. */
static bool is_zone(const char *text) {
    const size_t length = strlen(text);

    if (length == 0 || length > ZONE_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '/' ||
            text[i] == '%')
            return false;
    return true;
}

bool network_parse_address(const char *text, struct network *address) {
    struct network parsed;
    size_t length;

    if (text == NULL)
        return false;
    length = strcspn(text, "%");
    if (!parse_bare(text, length, &parsed))
        return false;
    if (text[length] == '%' &&
        (parsed.version != 6 || !is_zone(text + length + 1)))
        return false;
    if (!canonicalise(&parsed))
        return false;
    *address = parsed;
    return true;
}

bool network_format(struct network *network) {
    char address[INET6_ADDRSTRLEN];
    int family = network->version == 4 ? AF_INET : AF_INET6;
    int length;

    if (network->version != 4 && network->version != 6)
        return false;
    if (network->prefix > full_length(network) || is_mapped(network))
        return false;
    for (size_t i = 0; i < sizeof(network->address); i++)
        if ((network->address[i] & ~mask_byte(network->prefix, i)) != 0)
            return false;
    if (inet_ntop(family, network->address, address, sizeof(address)) == NULL)
        return false;
    memset(network->text, 0, sizeof(network->text));
    if (network->prefix == full_length(network))
        length = snprintf(network->text, sizeof(network->text), "%s", address);
    else
        length = snprintf(network->text, sizeof(network->text), "%s/%u",
                          address, (unsigned int)network->prefix);
    return length > 0 && (size_t)length < sizeof(network->text);
}

bool network_contains(const struct network *block,
                      const struct network *address) {
    if (block->version != address->version || address->prefix < block->prefix)
        return false;
    for (size_t i = 0; i < sizeof(block->address); i++)
        if (((block->address[i] ^ address->address[i]) &
             mask_byte(block->prefix, i)) != 0)
            return false;
    return true;
}

enum tokenstore_error
tokenstore_address_format(const char *text,
                          char address[TOKENSTORE_ADDRESS_SIZE]) {
    struct network parsed;

    if (!network_parse_address(text, &parsed))
        return TOKENSTORE_ERROR_INVALID_NETWORK;
    memcpy(address, parsed.text, strlen(parsed.text) + 1);
    return TOKENSTORE_OK;
}
