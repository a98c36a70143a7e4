/*
 * fuzz_use.c - the slot of a last use. A slot that decodes is encoded to
 * exactly the same bytes, and its texts are valid ones. Each input is also
 * tried with a right digest, so that there is something to decode.
 */
#include "tests/fuzz/fuzz.h"

#include "tokenstore/format/presented.h"
#include "tokenstore/format/use_slot.h"
#include "tokenstore/values/crypto.h"

static void require_plain(const char *text, size_t most) {
    struct tokenstore_use again;

    REQUIRE(strlen(text) <= most);
    for (size_t i = 0; text[i] != '\0'; i++)
        REQUIRE(text[i] > ' ' && text[i] <= '~');
    /* As the name of a service the text is accepted unchanged, unless it has a
     * secret. */
    use_slot_make(text, NULL, 0, &again);
    if (most == TOKENSTORE_USE_SERVICE_MAX &&
        !presented_holds_token(text, strlen(text)))
        REQUIRE(strcmp(again.service, text) == 0);
}

static void decode(const uint8_t slot[USE_SLOT_SIZE]) {
    struct use_record record;
    uint8_t again[USE_SLOT_SIZE];

    memset(&record, 0x5a, sizeof(record));
    switch (use_slot_decode(slot, &record)) {
    case USE_NONE:
        for (size_t i = 0; i < USE_SLOT_SIZE; i++)
            REQUIRE(slot[i] == 0);
        break;
    case USE_DOUBTS:
        break;
    case USE_FOUND:
        require_plain(record.use.service, TOKENSTORE_USE_SERVICE_MAX);
        require_plain(record.use.address, TOKENSTORE_USE_ADDRESS_MAX);
        use_slot_encode(&record, again);
        REQUIRE(memcmp(again, slot, USE_SLOT_SIZE) == 0);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t slot[USE_SLOT_SIZE] = {0};
    struct tokenstore_use use;
    char *text = fuzz_text(data, size);

    memcpy(slot, data, size < sizeof(slot) ? size : sizeof(slot));
    decode(slot);
    crypto_blake2b("accesstoken-used", slot + CRYPTO_DIGEST_SIZE,
                   sizeof(slot) - CRYPTO_DIGEST_SIZE, slot,
                   CRYPTO_DIGEST_SIZE);
    decode(slot);
    use_slot_make(text, text, 0, &use);
    require_plain(use.service, TOKENSTORE_USE_SERVICE_MAX);
    require_plain(use.address, TOKENSTORE_USE_ADDRESS_MAX);
    REQUIRE(strstr(use.address, TOKENSTORE_BEARER_PREFIX) == NULL);
    free(text);
    return 0;
}
