/*
 * damage.h - change the store of fuzz_store as an input says.
 */
#ifndef TESTS_FUZZ_DAMAGE_H
#define TESTS_FUZZ_DAMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An input, read byte by byte; after its end, zeros. */
struct input {
    const uint8_t *data;
    size_t size;
};
unsigned int input_byte(struct input *input);

/*
 * Writes the store again and changes it as the rest of the input says. Returns
 * whether this computed a digest for any record: then the file may have any
 * content that an attacker with write access could give it.
 */
bool damage_store(struct input *input);

#endif
