/*
 * damage.h - what an input does to the store of fuzz_store.  See damage.c.
 */
#ifndef TESTS_FUZZ_DAMAGE_H
#define TESTS_FUZZ_DAMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is read off an input, byte by byte; zeros beyond its end. */
struct input {
    const uint8_t *data;
    size_t size;
};
unsigned int input_byte(struct input *input);

/*
 * Write the store anew and do to it what the rest of the input says.  Returns
 * whether that gave any record a digest that fits: then the file may say
 * whatever somebody who can write there wants it to say.
 */
bool damage_store(struct input *input);

#endif
