/*
 * crypto.h - random bytes, BLAKE2b, comparison, base64url, wiping.
 *
 * Any thread may call any of these at any time.
 */
#ifndef TOKENSTORE_VALUES_CRYPTO_H
#define TOKENSTORE_VALUES_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_PURPOSE_SIZE 16
#define CRYPTO_DIGEST_SIZE 16

/* Fill the buffer with random bytes of the kernel.  Returns false, with errno,
 * if it gives none. */
bool crypto_random(void *bytes, size_t length);

/*
 * Compute an unkeyed BLAKE2b hash of 16 to 64 bytes.  The purpose, 16
 * characters, is its personalisation: the same data has another hash for each
 * purpose.  With CRYPTO_DIGEST_SIZE bytes it serves as a checksum, which
 * detects damage but not an attack.
 */
void crypto_blake2b(const char purpose[static CRYPTO_PURPOSE_SIZE],
                    const void *data, size_t length, uint8_t *hash,
                    size_t hash_size);

/* Compare in a time that depends on the length only. */
bool crypto_equal(const void *a, const void *b, size_t length);

/* Write base64url without padding, and a NUL.  The text needs 4 characters
 * for each 3 bytes, rounded up, and 1 for the NUL. */
void crypto_encode(const uint8_t *bytes, size_t length, char *text,
                   size_t text_size);

/* Write base64 with padding, as HTTP's Basic authentication has it, and a NUL.
 * The text needs 4 characters for each 3 bytes, rounded up to 4, and 1. */
void crypto_encode_padded(const void *bytes, size_t length, char *text,
                          size_t text_size);

/* Read base64url without padding.  Returns false unless the text is the one
 * encoding of exactly "size" bytes; the bytes may have changed then. */
bool crypto_decode(const char *text, size_t length, uint8_t *bytes,
                   size_t size);

#endif
