/*
 * network.h - IP addresses and CIDR blocks inside libtokenstore.
 */
#ifndef TOKENSTORE_VALUES_NETWORK_H
#define TOKENSTORE_VALUES_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

/* A block in canonical form: its host bits are zero, and IPv4-mapped is turned
 * into IPv4.  An address is a block of full length. */
struct network {
    uint8_t version; /* 4 or 6 */
    uint8_t prefix;  /* 0..32 or 0..128 */
    uint8_t address[16];
    char text[64]; /* "10.0.0.0/8"; a single address without its prefix */
};

/* Parse an address or a CIDR block; false, with *network as it was, if it is
 * neither. */
bool network_parse(const char *text, struct network *network);

/* Parse an address without a prefix.  An IPv6 zone ("%eth0") of 1 to 15
 * printable ASCII characters without a blank, a slash or another "%" is cut
 * off.  False, with *address as it was, if it is none. */
bool network_parse_address(const char *text, struct network *address);

/* Fill in the text from the other members; false if they are not canonical. */
bool network_format(struct network *network);

/* Is the address inside the block? */
bool network_contains(const struct network *block,
                      const struct network *address);

#endif
