/*
 * use_slot.c - the last use of a token to the bytes of a slot and back.  Pure.
 * Must accept only what it writes itself, and must never store a bearer token
 * that somebody gives as an address or a service.
 *
 * Layout (big-endian; doc/FORMAT.md):
 *   0  digest (16)   21 creation_time (8)   37 service (44)
 *   16 version (1)   29 time (8)            81 address (47)
 *   17 id (4)
 */
#include "tokenstore/format/use_slot.h"

#include <string.h>

#include "tokenstore/format/presented.h"
#include "tokenstore/values/crypto.h"
#include "tokenstore/values/network.h"
#include "tokenstore/values/number.h"

#define PURPOSE "accesstoken-used"
#define VERSION 1
#define INTERVAL 60 /* seconds */

enum {
    AT_VERSION = CRYPTO_DIGEST_SIZE,
    AT_ID = AT_VERSION + 1,
    AT_CREATION_TIME = AT_ID + 4,
    AT_TIME = AT_CREATION_TIME + 8,
    AT_SERVICE = AT_TIME + 8,
    AT_ADDRESS = AT_SERVICE + TOKENSTORE_USE_SERVICE_MAX,
};

_Static_assert(AT_ADDRESS + TOKENSTORE_USE_ADDRESS_MAX == USE_SLOT_SIZE,
               "a slot is full");

bool use_slot_time_valid(int64_t time) {
    return time >= 0 && time <= TOKENSTORE_TIME_MAX;
}

static bool is_plain(char byte) { return byte > ' ' && byte <= '~'; }

static void take_text(const char *given, char *text, size_t size) {
    const char *cursor = given != NULL ? given : "";

    memset(text, 0, size);
    if (presented_holds_token(cursor, strlen(cursor)))
        return;
    for (size_t i = 0; i + 1 < size && cursor[i] != '\0'; i++)
        text[i] = is_plain(cursor[i]) ? cursor[i] : '?';
}

void use_slot_make(const char *service, const char *address, int64_t time,
                   struct tokenstore_use *use) {
    struct network parsed;

    if (address != NULL && network_parse_address(address, &parsed))
        address = parsed.text;
    use->time = time;
    take_text(service, use->service, sizeof(use->service));
    take_text(address, use->address, sizeof(use->address));
}

static void digest_slot(const uint8_t slot[USE_SLOT_SIZE],
                        uint8_t digest[CRYPTO_DIGEST_SIZE]) {
    crypto_blake2b(PURPOSE, slot + CRYPTO_DIGEST_SIZE,
                   USE_SLOT_SIZE - CRYPTO_DIGEST_SIZE, digest,
                   CRYPTO_DIGEST_SIZE);
}

void use_slot_encode(const struct use_record *record,
                     uint8_t slot[USE_SLOT_SIZE]) {
    const struct tokenstore_use *use = &record->use;

    memset(slot, 0, USE_SLOT_SIZE);
    slot[AT_VERSION] = VERSION;
    number_put(slot + AT_ID, record->id, 4);
    number_put(slot + AT_CREATION_TIME, (uint64_t)record->creation_time, 8);
    number_put(slot + AT_TIME, (uint64_t)use->time, 8);
    memcpy(slot + AT_SERVICE, use->service, strlen(use->service));
    memcpy(slot + AT_ADDRESS, use->address, strlen(use->address));
    digest_slot(slot, slot);
}

/* Plain text, and zeros after it. */
static bool get_text(const uint8_t *in, size_t size, char *text) {
    size_t length = 0;

    memcpy(text, in, size);
    text[size] = '\0';
    while (is_plain(text[length]))
        length++;
    while (length < size)
        if (text[length++] != '\0')
            return false;
    return true;
}

enum use_state use_slot_decode(const uint8_t slot[USE_SLOT_SIZE],
                               struct use_record *record) {
    static const uint8_t zero[USE_SLOT_SIZE];
    struct tokenstore_use *use = &record->use;
    uint8_t digest[CRYPTO_DIGEST_SIZE];

    if (memcmp(slot, zero, USE_SLOT_SIZE) == 0)
        return USE_NONE;
    digest_slot(slot, digest);
    if (memcmp(slot, digest, sizeof(digest)) != 0 ||
        slot[AT_VERSION] != VERSION)
        return USE_DOUBTS;
    record->id = number_get(slot + AT_ID, 4);
    record->creation_time = (int64_t)number_get(slot + AT_CREATION_TIME, 8);
    use->time = (int64_t)number_get(slot + AT_TIME, 8);
    if (record->id == 0 || !use_slot_time_valid(record->creation_time) ||
        !use_slot_time_valid(use->time) ||
        !get_text(slot + AT_SERVICE, TOKENSTORE_USE_SERVICE_MAX,
                  use->service) ||
        !get_text(slot + AT_ADDRESS, TOKENSTORE_USE_ADDRESS_MAX, use->address))
        return USE_DOUBTS;
    return USE_FOUND;
}

bool use_slot_is_recent(int64_t last, int64_t now) {
    return last > now - INTERVAL && last < now + INTERVAL;
}
