/*
 * crypto.c - random bytes, BLAKE2b, comparison, base64url, wiping.  The only
 * file of the library that includes sodium.h.
 * Must never call sodium_init(): nothing here needs it, so a login works where
 * it would fail.
 */
#include "tokenstore/values/crypto.h"

#include <errno.h>
#include <sodium.h>
#include <sys/random.h>

#include "tokenstore/tokenstore.h"

_Static_assert(CRYPTO_PURPOSE_SIZE == crypto_generichash_blake2b_PERSONALBYTES,
               "BLAKE2b takes a personalisation of this size");

/* libsodium's own function needs sodium_init(), which ends the process where
 * the system has no random bytes. */
bool crypto_random(void *bytes, size_t length) {
    uint8_t *rest = bytes;

    while (length > 0) {
        ssize_t count = getrandom(rest, length, 0);

        if (count > 0) {
            rest += count;
            length -= (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

void crypto_blake2b(const char purpose[static CRYPTO_PURPOSE_SIZE],
                    const void *data, size_t length, uint8_t *hash,
                    size_t hash_size) {
    /* Fails only for a size that BLAKE2b does not have. */
    (void)crypto_generichash_blake2b_salt_personal(
        hash, hash_size, data, length, NULL, 0, NULL,
        (const unsigned char *)purpose);
}

bool crypto_equal(const void *a, const void *b, size_t length) {
    return sodium_memcmp(a, b, length) == 0;
}

void crypto_encode(const uint8_t *bytes, size_t length, char *text,
                   size_t text_size) {
    sodium_bin2base64(text, text_size, bytes, length,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void crypto_encode_padded(const void *bytes, size_t length, char *text,
                          size_t text_size) {
    sodium_bin2base64(text, text_size, bytes, length,
                      sodium_base64_VARIANT_ORIGINAL);
}

/* Where char is signed, libsodium 1.0.18 reads every byte from 0x80 on as the
 * last character of the alphabet, so that bytes would have several texts. */
static bool is_ascii(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

bool crypto_decode(const char *text, size_t length, uint8_t *bytes,
                   size_t size) {
    size_t decoded = 0;

    return is_ascii(text, length) &&
           sodium_base642bin(bytes, size, text, length, NULL, &decoded, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
           decoded == size;
}

void tokenstore_wipe(void *secret, size_t length) {
    if (secret != NULL)
        sodium_memzero(secret, length);
}
